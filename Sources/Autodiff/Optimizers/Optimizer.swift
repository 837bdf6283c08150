import CKernels
import Tensor

/// A rule that changes parameters along a gradient.
///
/// A rule is a value; its memory of earlier gradients lives in an ``OptimizerState``.
public enum OptimizerRule: Sendable, Equatable {
  /// Adam (Kingma & Ba 2015); with weight decay, AdamW (Loshchilov & Hutter 2019).
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// RMSProp (Tieleman & Hinton 2012), as PyTorch computes it.
  case rmsProp(decay: Float = 0.99, epsilon: Float = 1e-8, momentum: Float = 0)
  /// Gradient descent with momentum.
  case momentum(Float = 0)
}

/// A rule together with everything it remembers.
public final class Optimizer {
  /// The rule.
  public let rule: OptimizerRule
  /// Updates so far.
  public private(set) var updates = 0
  private let first: FloatBuffer
  private let second: FloatBuffer

  /// The state of `rule` for `count` parameters, before the first update.
  public init(_ rule: OptimizerRule, count: Int) {
    self.rule = rule
    first = FloatBuffer(count: count)
    second = FloatBuffer(count: count)
  }

  /// One update of the learned ones of `parameters` along `gradient`.
  ///
  /// - Parameters:
  ///   - learningRate: the step size.
  ///   - scale: multiplies the gradient first, see ``clippingScale(norm:limit:)``.
  public func update(
    _ parameters: ParameterStore, gradient: UnsafePointer<Float>, learningRate: Float,
    scale: Float = 1
  ) {
    updates += 1
    parameters.update { values in
      for range in parameters.layout.learned {
        update(values, gradient, range, learningRate: learningRate, scale: scale)
      }
    }
  }

  private func update(
    _ parameters: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>,
    _ range: Range<Int>, learningRate: Float, scale: Float
  ) {
    let (start, count) = (range.lowerBound, Int64(range.count))
    let (values, gradient) = (parameters + start, gradient + start)
    let (first, second) = (first.pointer + start, second.pointer + start)
    switch rule {
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      metarl_adam(
        values, gradient, first, second, count, scale, learningRate, beta1, beta2, epsilon,
        weightDecay, Self.biasCorrection(beta1, updates), Self.biasCorrection(beta2, updates))
    case .rmsProp(let decay, let epsilon, let momentum):
      metarl_rmsprop(
        values, gradient, first, second, count, scale, learningRate, decay, epsilon, momentum)
    case .momentum(let momentum):
      metarl_sgd(values, gradient, first, count, scale, learningRate, momentum)
    }
  }

  /// 1 − βᵗ by repeated squaring in Double: the same bits on every C library.
  private static func biasCorrection(_ beta: Float, _ updates: Int) -> Float {
    var (power, base, exponent) = (1.0, Double(beta), updates)
    while exponent > 0 {
      if exponent & 1 == 1 { power *= base }
      base *= base
      exponent >>= 1
    }
    return Float(1 - power)
  }

  /// The Euclidean norm of a gradient.
  public static func norm(_ gradient: UnsafePointer<Float>, count: Int) -> Double {
    metarl_sum_of_squares(gradient, Int64(count)).squareRoot()
  }

  /// What to multiply a gradient with so that its norm does not exceed `limit`.
  public static func clippingScale(norm: Double, limit: Double) -> Float {
    norm > limit ? Float(limit / norm) : 1
  }

  /// The memory of earlier gradients, to go back to later.
  public struct Snapshot: Sendable {
    let updates: Int
    let first: [Float]
    let second: [Float]
  }

  /// A copy of the memory.
  public func snapshot() -> Snapshot {
    Snapshot(updates: updates, first: first.array, second: second.array)
  }

  /// Goes back to `snapshot`.
  public func restore(_ snapshot: Snapshot) {
    updates = snapshot.updates
    first.assign(snapshot.first)
    second.assign(snapshot.second)
  }

  /// Stores the memory under names beginning with `prefix`.
  public func save(into archive: inout Archive, prefix: String) {
    archive.store(ArchivedTensor(first.array), "\(prefix)/first", in: .optimizer)
    archive.store(ArchivedTensor(second.array), "\(prefix)/second", in: .optimizer)
    archive.store(ArchivedTensor([Int64(updates)]), "\(prefix)/updates", in: .optimizer)
  }

  /// Restores what `save` stored.
  ///
  /// - Throws: ``ArchiveError`` if a tensor is missing or of another size.
  public func restore(from archive: Archive, prefix: String) throws {
    let first = try archive.floats("\(prefix)/first", count: self.first.count, in: .optimizer)
    let second = try archive.floats("\(prefix)/second", count: self.second.count, in: .optimizer)
    guard
      let updates = try archive.tensor("\(prefix)/updates", in: .optimizer).integers?.first,
      updates >= 0
    else { throw ArchiveError(name: "\(prefix)/updates", reason: "is not a count") }
    restore(Snapshot(updates: Int(updates), first: first, second: second))
  }
}
