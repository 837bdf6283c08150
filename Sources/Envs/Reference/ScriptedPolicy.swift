import Tensor

/// A policy of one row that needs no learning. It is a value: the copy made at the beginning of an
/// episode may remember whatever it likes until the episode ends.
public protocol ScriptedPolicy: Sendable {
  /// Forgets everything: an episode begins. Only an oracle may use the task.
  mutating func begin(taskParameters: [Float])
  /// Writes the next action.
  ///
  /// - Parameters:
  ///   - observation: what is seen now.
  ///   - reward: of the step before, 0 in the first step of an episode.
  mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream)
}

extension ScriptedPolicy {
  /// There is nothing to forget.
  public mutating func begin(taskParameters: [Float]) {}
}

/// Acts uniformly within the action space; where a component has no bounds, standard normally.
public struct RandomPolicy: ScriptedPolicy {
  private let space: ActionSpace

  /// The policy for `space`.
  public init(space: ActionSpace) { self.space = space }

  /// Draws an action.
  public mutating func act(
    observation: UnsafeBufferPointer<Float>, reward: Float,
    into action: UnsafeMutableBufferPointer<Float>, using random: inout RandomStream
  ) {
    switch space {
    case .discrete(let count):
      action[0] = Float(random.integer(below: count))
    case .continuous(let box):
      for index in 0..<box.count {
        let (low, high) = (box.low[index], box.high[index])
        action[index] =
          low.isFinite && high.isFinite ? random.uniform(low, high) : random.normal()
      }
    }
  }
}

/// A named ``ScriptedPolicy`` with which a ``ReferencePolicy`` is made.
public struct ScriptedRow: Sendable {
  /// The name of the row.
  public let name: String
  /// What the row is for.
  public let role: ReferencePolicy.Role
  /// One sentence on how it acts.
  public let summary: String
  /// Makes the policy; called when the row is run, so expensive plans are not made before.
  public let makePolicy: @Sendable () -> any ScriptedPolicy

  /// A row that acts by the policy that `makePolicy` makes.
  public init(
    name: String, role: ReferencePolicy.Role, summary: String,
    makePolicy: @escaping @Sendable () -> any ScriptedPolicy
  ) {
    self.name = name
    self.role = role
    self.summary = summary
    self.makePolicy = makePolicy
  }

  /// Uniform actions, the row that every environment has.
  public static func uniform(over space: ActionSpace) -> ScriptedRow {
    ScriptedRow(
      name: "random", role: .random, summary: "Acts at random, uniformly over the action space."
    ) {
      RandomPolicy(space: space)
    }
  }
}
