import Autodiff
import Configuration
import Foundation
import Tensor

/// Begins with the weights that a checkpoint of another run holds, such as one on shorter
/// sequences. The network has to be the same, and the agent or learner of the same kind; the task
/// need not.
///
/// Fixed vectors that the other run does not have keep the numbers that were drawn for them: so a
/// network that was trained without perturbation can go on with one.
public struct StoredWeights: TrainingStage {
  /// The file, such as `runs/short/checkpoints/best/weights.safetensors`.
  public var file = ""

  /// No file.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .text(
        "file", \.file, "The weights.safetensors of a checkpoint of a run with the same network.",
        required: true)
    ]
  }

  /// Replaces all parameters that the file has to have, or none of them.
  public func run(_ context: StageContext) throws -> [Metric] {
    func failure(_ problem: String, _ remedy: String) -> ConfigurationError {
      ConfigurationError(context.path, problem, remedy: remedy)
    }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw failure(
        "\(file) cannot be read", "Name the weights.safetensors of a checkpoint.")
    }
    let numbers: [Float]
    do {
      numbers = try storedNumbers(
        from: Safetensors(bytes: Array(data)).tensors, for: context.parameters,
        prefix: context.weightsPrefix)
    } catch let error as ArchiveError {
      throw failure(
        "\(file) is of another network: \(error)",
        "Use the network of that run and an agent or learner of its kind, or another file.")
    } catch let error as SafetensorsError {
      throw failure("\(file) is damaged: \(error)", "Name another checkpoint.")
    }
    guard numbers.allSatisfy(\.isFinite) else {
      throw failure("\(file) holds numbers that are not finite", "Name another checkpoint.")
    }
    context.parameters.assign(numbers)
    return []
  }

  /// The stored numbers in the order of the parameters, with the present ones of fixed vectors that
  /// are not stored.
  private func storedNumbers(
    from tensors: [String: ArchivedTensor], for parameters: ParameterStore, prefix: String
  ) throws -> [Float] {
    var archive = Archive()
    for (name, tensor) in tensors { archive.store(tensor, name, in: .weights) }
    return try parameters.layout.parameters.flatMap { parameter -> [Float] in
      let name = "\(prefix)/\(parameter.name)"
      let mayBeAbsent = parameter.isVector && !parameter.isLearned
      guard tensors[name] != nil || !mayBeAbsent else {
        return parameters.values(of: parameter.name)
      }
      return try archive.floats(name, count: parameter.count, in: .weights)
    }
  }
}
