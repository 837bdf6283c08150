import CKernels
import Tensor

/// Leaves out connections at random while a network learns (DropConnect): one mask for all steps and rows
/// of an update, the same for its forward and backward pass.
///
/// ```
/// R' = R ⊙ m / (1 − p),  m ~ Bernoulli(1 − p)            dR = dR' ⊙ m / (1 − p)
/// ```
///
/// Source: Wan, Zeiler, Zhang, Le Cun & Fergus, "Regularization of neural networks using DropConnect",
/// ICML 2013; on recurrent matrices Merity, Keskar & Socher, "Regularizing and optimizing LSTM language
/// models", ICLR 2018.
public final class DropConnect {
  private let parameters: ParameterStore
  private let matrices: [(parameter: Parameter, offset: Int)]
  /// Weights as they were, and what they were multiplied by, one matrix after the other.
  private let weights: FloatBuffer
  private let factors: FloatBuffer

  /// For the matrices that lose connections; nil where there are none.
  public init?(_ parameters: ParameterStore) {
    let layout = parameters.layout
    matrices = zip(layout.parameters, layout.offsets).filter { $0.0.dropRate > 0 }
      .map { ($0.0, $0.1) }
    guard !matrices.isEmpty else { return nil }
    self.parameters = parameters
    let count = matrices.reduce(0) { $0 + $1.parameter.count }
    weights = FloatBuffer(count: count)
    factors = FloatBuffer(count: count)
  }

  /// Draws a mask and leaves out what it hides, until ``restore(gradient:)``.
  ///
  /// - Parameter key: another one for every update.
  public func drop(_ key: RandomKey) {
    parameters.update { values in
      forEachMatrix { parameter, offset, start in
        let (weight, factor) = (weights.pointer + start, factors.pointer + start)
        weight.update(from: values + offset, count: parameter.count)
        let rate = parameter.dropRate
        metarl_two_valued_numbers(
          (key / parameter.name).bits, 0, Int64(parameter.count),
          UInt64((Double(rate) * 0x1p32).rounded()), 0, 1 / (1 - rate), factor)
        for index in 0..<parameter.count { values[offset + index] *= factor[index] }
      }
    }
  }

  /// Brings all connections back, and makes of a derivative by what there was one by what there is.
  public func restore(gradient: UnsafeMutablePointer<Float>) {
    parameters.update { values in
      forEachMatrix { parameter, offset, start in
        (values + offset).update(from: weights.pointer + start, count: parameter.count)
        for index in 0..<parameter.count {
          gradient[offset + index] *= factors.pointer[start + index]
        }
      }
    }
  }

  private func forEachMatrix(_ body: (_ parameter: Parameter, _ offset: Int, _ start: Int) -> Void)
  {
    var start = 0
    for (parameter, offset) in matrices {
      body(parameter, offset, start)
      start += parameter.count
    }
  }
}
