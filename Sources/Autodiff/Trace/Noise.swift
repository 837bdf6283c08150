/// Random numbers that a network is trained with, new ones in every step and row.
///
/// Where a network is used and not trained, the expected value stands for them.
public enum Noise: Sendable, Hashable {
  /// 1 with this probability, else 0.
  case mask(probability: Float)
  /// 0 with the probability `rate`, else 1 / (1 − rate): factors of dropout.
  case dropout(rate: Float)
  /// Normal numbers around 0.
  case normal(deviation: Float)

  /// The expected value.
  public var mean: Float {
    switch self {
    case .mask(let probability): probability
    case .dropout: 1
    case .normal: 0
    }
  }
}

extension Program {
  /// The inputs that whoever runs the program writes: all that are no noise.
  public var writtenInputs: [Port] { inputs.filter { $0.noise == nil } }
  /// The inputs that are noise.
  public var noises: [Port] { inputs.filter { $0.noise != nil } }
}

extension Tracer {
  /// Declares noise: a row of random numbers while the network is trained, see
  /// ``Shard/drawNoise(_:firstRow:)``, and of their expected value otherwise.
  public func noise(_ name: String, width: Int, _ noise: Noise) -> Value {
    input(Program.Port(name: qualified(name), width: width, noise: noise))
  }
}
