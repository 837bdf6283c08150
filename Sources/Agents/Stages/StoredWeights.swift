import Autodiff
import Configuration
import Foundation
import Tensor

/// Begins with the weights that a checkpoint of another run holds, such as one on shorter sequences. The
/// network has to be the same; the task need not.
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

  /// Replaces all parameters.
  public func run(_ context: StageContext) throws -> [Metric] {
    func failure(_ problem: String, _ remedy: String) -> ConfigurationError {
      ConfigurationError(context.path, problem, remedy: remedy)
    }
    guard let data = FileManager.default.contents(atPath: file) else {
      throw failure(
        "\(file) cannot be read", "Name the weights.safetensors of a checkpoint.")
    }
    do {
      var archive = Archive()
      for (name, tensor) in try Safetensors(bytes: Array(data)).tensors {
        archive.store(tensor, name, in: .weights)
      }
      try context.parameters.restore(from: archive, prefix: SequenceTrainer.weightsPrefix)
    } catch let error as ArchiveError {
      throw failure(
        "\(file) is of another network: \(error)", "Use the network of that run, or its file.")
    } catch let error as SafetensorsError {
      throw failure("\(file) is damaged: \(error)", "Name another checkpoint.")
    }
    guard context.parameters.array.allSatisfy(\.isFinite) else {
      throw failure("\(file) holds numbers that are not finite", "Name another checkpoint.")
    }
    return []
  }
}
