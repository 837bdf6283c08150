import Autodiff
import Configuration

/// What a network sees in one step.
public struct NetworkInput {
  /// The observation xₜ, or what a sequence shows at step t.
  public let observation: Value
  /// The action executed in the previous step and its reward, [aₜ₋₁, rₜ₋₁], both zero in the first; empty
  /// where nothing acts.
  public let feedback: [Value]
  /// Whether the network should name its inner signals as outputs, for analyses and penalties.
  public var recordsSignals = false
  /// Whether recurrent layers can be cut off from one another, see ``LayerIsolation``.
  public var isolatesLayers = false

  /// What a network sees that does not act.
  public init(_ observation: Value, recordsSignals: Bool = false) {
    self.observation = observation
    feedback = []
    self.recordsSignals = recordsSignals
  }

  /// The input ports of an agent's program.
  public init(
    observationSize: Int, actionSize: Int, in tracer: Tracer, recordsSignals: Bool = false
  ) {
    observation = tracer.input(Port.observation, width: observationSize)
    feedback = [
      tracer.input(Port.previousAction, width: actionSize),
      tracer.input(Port.previousReward, width: 1),
    ]
    self.recordsSignals = recordsSignals
  }

  /// Names of the input ports.
  public enum Port {
    /// xₜ
    public static let observation = "observation"
    /// aₜ₋₁
    public static let previousAction = "previousAction"
    /// rₜ₋₁
    public static let previousReward = "previousReward"
  }
}

/// A linear read-out of a network, such as the mean of a policy.
public struct Head: Sendable {
  /// The name, part of its parameters' paths.
  public let name: String
  /// Numbers it gives.
  public let size: Int

  /// A head of `size` numbers.
  public init(_ name: String, size: Int) {
    self.name = name
    self.size = size
  }
}

/// A network, written as one time step: it reads what an agent sees, or a sequence, and gives heads.
public protocol Network: Configurable {
  /// Traces one time step and returns the value of each head.
  func step(_ input: NetworkInput, heads: [Head], in tracer: Tracer) -> [Value]
}

extension Network {
  /// The program of the network alone, with an output per head: for descriptions and tests.
  public func program(observationSize: Int, actionSize: Int, heads: [Head]) -> Program {
    Program { tracer in
      let input = NetworkInput(
        observationSize: observationSize, actionSize: actionSize, in: tracer)
      for (head, value) in zip(heads, step(input, heads: heads, in: tracer)) {
        tracer.output(head.name, value)
      }
    }
  }
}
