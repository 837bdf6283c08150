import Autodiff
import Envs
import NeuroMod

/// The network and the loss of an actor–critic, as two programs: what the loss says about the heads
/// is handed to the network from outside, so that activations of a rollout can be used again.
struct ActorCriticPrograms {
  enum Port {
    static let begins = "begins"
    /// Logits of choices, or the mean of continuous actions.
    static let policy = "policy"
    static let logVariance = "logVariance"
    static let value = "value"
    static let action = "action"
    static let advantage = "advantage"
    static let target = "target"
    static let oldLogProbability = "oldLogProbability"
    static let logProbability = "logProbability"
    static let policyLoss = "policyLoss"
    static let valueLoss = "valueLoss"
    static let entropy = "entropy"
  }

  /// Observation and feedback to heads.
  let network: Program
  /// Heads, action, advantage and target to losses.
  let loss: Program
  /// The network's outputs, which are the loss's inputs.
  let heads: [String]
  /// Numbers of the policy head, and of an action as the loss sees it.
  let policySize: Int
  let isDiscrete: Bool

  init(_ settings: ActorCriticSettings, specification: EnvironmentSpecification) {
    (isDiscrete, policySize) = Self.policy(in: specification.actionSpace)
    heads = [Port.policy, Port.value] + (isDiscrete ? [] : [Port.logVariance])
    network = Program { tracer in
      tracer.restartStates(where: tracer.input(Port.begins, width: 1))
      Self.traceNetwork(settings, specification: specification, in: tracer)
    }
    loss = Self.loss(settings, policySize: policySize, isDiscrete: isDiscrete)
  }

  private static func policy(in space: ActionSpace) -> (isDiscrete: Bool, size: Int) {
    switch space {
    case .continuous(let box): (false, box.count)
    case .discrete(let count): (true, count)
    }
  }

  /// Traces what an agent sees to the heads of actor and critic.
  static func traceNetwork(
    _ settings: ActorCriticSettings, specification: EnvironmentSpecification,
    isolatesLayers: Bool = false, in tracer: Tracer
  ) {
    let (isDiscrete, policySize) = policy(in: specification.actionSpace)
    var input = NetworkInput(
      of: specification, in: tracer, recordsSignals: !settings.penalties.isEmpty)
    input.isolatesLayers = isolatesLayers
    var policyHeads = [Head(Port.policy, size: policySize)]
    if !isDiscrete && settings.stateDependentVariance {
      policyHeads.append(Head(Port.logVariance, size: policySize))
    }
    let valueHead = Head(Port.value, size: 1)
    let network = settings.network.network
    var values: [Value]
    if settings.sharesNetwork {
      values = tracer.scope("shared") {
        network.step(input, heads: policyHeads + [valueHead], in: tracer)
      }
    } else {
      values = tracer.scope("actor") { network.step(input, heads: policyHeads, in: tracer) }
      values += tracer.scope("critic") { network.step(input, heads: [valueHead], in: tracer) }
    }
    tracer.output(Port.policy, values[0])
    tracer.output(Port.value, values[values.count - 1])
    if !isDiscrete {
      let offset = settings.logVariance
      let logVariance =
        settings.stateDependentVariance
        ? values[1] + offset
        : tracer.vector("logVariance", width: policySize, .constant(offset))
      tracer.output(Port.logVariance, logVariance)
    }
  }

  private static func loss(
    _ settings: ActorCriticSettings, policySize: Int, isDiscrete: Bool
  ) -> Program {
    let tracer = Tracer()
    let policy = tracer.input(Port.policy, width: policySize)
    let value = tracer.input(Port.value, width: 1)
    let action = tracer.input(Port.action, width: policySize)
    let advantage = tracer.input(Port.advantage, width: 1)
    let target = tracer.input(Port.target, width: 1)
    let old = tracer.input(Port.oldLogProbability, width: 1)
    let logProbability: Value
    let entropy: Value
    if isDiscrete {
      let distribution = Categorical(logits: policy)
      (logProbability, entropy) = (distribution.logProbability(action), distribution.entropy())
    } else {
      let distribution = Gaussian(
        mean: policy, logVariance: tracer.input(Port.logVariance, width: policySize))
      (logProbability, entropy) = (distribution.logProbability(action), distribution.entropy())
    }
    if settings.clipRange > 0 {
      let ratio = (logProbability - old).exp()
      let clipped = ratio.clamped(1 - settings.clipRange, 1 + settings.clipRange)
      tracer.output(Port.policyLoss, -Value.minimum(ratio * advantage, clipped * advantage))
    } else {
      tracer.output(Port.policyLoss, -(logProbability * advantage))
    }
    tracer.output(Port.valueLoss, (value - target).squared())
    tracer.output(Port.entropy, entropy)
    tracer.output(Port.logProbability, logProbability)
    return tracer.finish()
  }
}
