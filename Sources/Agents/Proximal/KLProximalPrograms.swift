import Autodiff
import Envs
import NeuroMod

/// The programs of an actor and a critic that learn by ``KLProximalAgent``.
struct KLProximalPrograms {
  /// Names of inputs and outputs beside those of ``NetworkInput``.
  enum Port {
    static let mean = "mean"
    static let logVariance = "logVariance"
    static let value = "value"
    static let action = "action"
    static let advantage = "advantage"
    static let oldMean = "oldMean"
    static let oldLogVariance = "oldLogVariance"
    static let target = "target"
    static let surrogate = "surrogate"
    static let divergence = "divergence"
    static let excess = "excess"
    static let squaredError = "squaredError"
  }

  /// Outputs of the policy's loss that are no signals.
  static let policyObjectives = [Port.surrogate, Port.divergence, Port.excess]
  /// Outputs of the critic's loss that are no signals.
  static let valueObjectives = [Port.squaredError]

  /// The actor's heads, mean and log-variance.
  let policyHeads: [Head]
  /// The critic's head.
  static let valueHeads = [Head(Port.value, size: 1)]
  /// Observation and feedback to mean and log-variance.
  let acting: Program
  /// The same with the network's inner signals as outputs.
  let recording: Program
  /// The three parts of the policy's loss.
  let policyLoss: Program
  /// The divergence from the old policy alone.
  let divergence: Program
  /// Observation and feedback to value.
  let value: Program
  /// The critic's loss.
  let valueLoss: Program

  /// - Parameter recordsSignals: whether the actor and the critic have their inner signals as outputs
  ///   also where they act and learn.
  init(
    network: any Network, specification: EnvironmentSpecification, actionSize: Int,
    logVarianceOffset: Float, divergenceTarget: Double, recordsSignals: Bool = false
  ) {
    let policyHeads = [
      Head(Port.mean, size: actionSize), Head(Port.logVariance, size: actionSize),
    ]
    self.policyHeads = policyHeads
    func policy(_ tracer: Tracer, recordsSignals: Bool) -> Gaussian {
      let values = network.step(
        NetworkInput(of: specification, in: tracer, recordsSignals: recordsSignals),
        heads: policyHeads, in: tracer)
      return Gaussian(mean: values[0], logVariance: values[1] + logVarianceOffset)
    }
    func old(_ tracer: Tracer) -> Gaussian {
      Gaussian(
        mean: tracer.input(Port.oldMean, width: actionSize),
        logVariance: tracer.input(Port.oldLogVariance, width: actionSize))
    }
    func acting(recordsSignals: Bool) -> Program {
      Program { tracer in
        let policy = policy(tracer, recordsSignals: recordsSignals)
        tracer.output(Port.mean, policy.mean)
        tracer.output(Port.logVariance, policy.logVariance)
      }
    }
    self.acting = acting(recordsSignals: recordsSignals)
    recording = acting(recordsSignals: true)
    policyLoss = Program { tracer in
      let (policy, old) = (policy(tracer, recordsSignals: recordsSignals), old(tracer))
      let action = tracer.input(Port.action, width: actionSize)
      let advantage = tracer.input(Port.advantage, width: 1)
      let ratio = (policy.logProbability(action) - old.logProbability(action)).exp()
      let divergence = policy.divergence(from: old)
      tracer.output(Port.surrogate, advantage * ratio)
      tracer.output(Port.divergence, divergence)
      tracer.output(Port.excess, (divergence - Float(2 * divergenceTarget)).relu().squared())
    }
    divergence = Program { tracer in
      let policy = policy(tracer, recordsSignals: false)
      tracer.output(Port.divergence, policy.divergence(from: old(tracer)))
    }
    func critic(_ tracer: Tracer) -> Value {
      network.step(
        NetworkInput(of: specification, in: tracer, recordsSignals: recordsSignals),
        heads: Self.valueHeads, in: tracer)[0]
    }
    value = Program { tracer in tracer.output(Port.value, critic(tracer)) }
    valueLoss = Program { tracer in
      let error = critic(tracer) - tracer.input(Port.target, width: 1)
      tracer.output(Port.squaredError, error.squared())
    }
  }
}
