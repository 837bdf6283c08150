import Autodiff
import Configuration

/// How the biases of a cell's gates begin.
public struct GateBiases: Configurable, Equatable {
  /// A way to begin.
  public enum Scheme: String, Sendable, CaseIterable {
    /// The constants that belong to the cell, most of them zero.
    case constant
    /// Uniform within ± 1 / √units, as PyTorch's recurrent layers begin.
    case uniform
    /// Gates that keep the state at log u, gates that write to it at −log u, others at zero, with
    /// u ~ U[1, longestMemory − 1) for each unit: memories of all lengths up to the longest
    /// (Tallec & Ollivier 2018, arXiv 1804.11188).
    case chrono
  }

  /// What a gate does to the state.
  enum Gate {
    /// It keeps what is there.
    case keep
    /// It lets something new in.
    case write
    /// Neither.
    case other
  }

  /// The way to begin.
  public var scheme = Scheme.constant
  /// The longest memory of the chrono scheme, in steps.
  public var longestMemory: Float = 600

  /// Constants.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("scheme", \.scheme, "Constants, uniform within ±1/√units, or chrono."),
      .number(
        "longestMemory", \.longestMemory, in: 3...1e9,
        "Longest memory of the chrono scheme, in steps."),
    ]
  }

  /// The initializer of the biases of `gates`, each of `units` numbers, one gate beside the other.
  ///
  /// - Parameter constants: by gate, for the scheme of constants; zero where absent.
  func initializer(_ gates: [Gate], units: Int, constants: [Float]? = nil) -> Initializer {
    switch scheme {
    case .constant:
      guard let constants else { return .zeros }
      return .sideBySide(constants.map { .constant($0) })
    case .uniform: return .uniform(1 / Float(units).squareRoot())
    case .chrono:
      let signs = gates.map { gate -> Float in
        switch gate {
        case .keep: 1
        case .write: -1
        case .other: 0
        }
      }
      return .chrono(longestMemory: longestMemory, signs: signs)
    }
  }
}
