import Autodiff
import Configuration
import Glibc

/// A recurrent layer of spiking neurons, some of which raise their threshold when they fire: the
/// recurrent network of spiking neurons with long short-term memory, LSNN.
///
/// ```
/// b' = ρ b + (1 − ρ) z                                    ρ = exp(−dt / adaptationTime)
/// A  = threshold + β b'                                   β = 0 for plain neurons (LIF)
/// I  = Σ W_in[i] x_i(t − d_in[i]) + Σ W_rec[i] z_i(t − 1 − d_rec[i])
/// v' = α v + (1 − α) (I + ξ) − z A dt                           α = exp(−dt / membraneTime)
/// z' = spike((v' − A) / A) / dt, 0 for `refractory` steps after a spike
/// ```
///
/// Membrane potential v, threshold adaptation b, and spikes z of value 1 / dt, with time in ms. Delays
/// d are drawn once for each synapse; the noise ξ ~ N(0, `currentNoise`²) acts while a network is trained. No neuron acts on itself. The neurons that adapt are the last
/// ones; with signed initial weights they are excitatory. The output is z'; ``LeakyFilter`` makes of it
/// what a readout sees.
///
/// Source: Bellec, Salaj, Subramoney, Legenstein & Maass, "Long short-term memory and
/// learning-to-learn in networks of spiking neurons", NeurIPS 2018, and its released code.
public struct LSNN: Cell {
  /// Which membrane potential is compared with the threshold.
  public enum SpikeSource: String, Sendable, CaseIterable {
    /// That after this step's update, as the equations say.
    case newMembrane
    /// That before it, one step later, as the released code does.
    case previousMembrane
  }

  /// Neurons.
  public var size = 220
  /// Whether neurons feel each other's spikes; a layer of a feed-forward spiking network otherwise.
  public var isRecurrent = true
  /// The part of the neurons that adapt: 0 for LIF, 1 for ALIF.
  public var adaptiveFraction: Float = 0.5
  /// dt, in ms.
  public var timeStep: Float = 1
  /// Time constant of the membrane potential, in ms.
  public var membraneTime: Float = 20
  /// Time constant of the threshold's adaptation, in ms.
  public var adaptationTime: Float = 700
  /// The threshold of a neuron that has not fired.
  public var threshold: Float = 0.01
  /// β: how much the threshold rises with the firing rate in kHz.
  public var adaptationStrength: Float = 1.8
  /// Steps after a spike without another one.
  public var refractory = 5
  /// How many delays there are: 0 ..< `delays` steps.
  public var delays = 1
  /// What the delays are drawn from.
  public var delaySeed: UInt64 = 0
  /// The standard deviation of the noise in a neuron's current, in each step of a training.
  public var currentNoise: Float = 0
  /// Which membrane potential is compared with the threshold.
  public var spikeSource = SpikeSource.newMembrane
  /// Whether the gradient stops at the reset z A.
  public var stopsGradientAtReset = false
  /// The surrogate of the spike's derivative by (v − A) / A.
  public var surrogate = Surrogate(.triangle, height: 0.3, halfWidth: 1)
  /// How the matrix of the inputs begins.
  public var inputWeights = WeightInitialization(.lecun, scale: 1)
  /// How the matrix of the recurrent connections begins.
  public var recurrentWeights = WeightInitialization(.lecun, scale: 1)

  /// A network with the settings of sequential MNIST, half of whose neurons adapt, without delays.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .flag(
        "recurrent", \.isRecurrent,
        "Whether neurons feel each other's spikes; false for a feed-forward layer."),
      .number(
        "adaptiveFraction", \.adaptiveFraction, in: 0...1,
        "Part of the neurons that adapt, the last ones; 0 for LIF, 1 for ALIF."),
      .number("timeStep", \.timeStep, in: 1e-3...1000, "Length of a step, in ms."),
      .number(
        "membraneTime", \.membraneTime, in: 1e-3...1e6,
        "Time constant of the membrane potential, in ms."),
      .number(
        "adaptationTime", \.adaptationTime, in: 1e-3...1e9,
        "Time constant of the threshold, in ms; near the memory a task needs."),
      .number(
        "threshold", \.threshold, in: 1e-9...1e9, "Threshold of a neuron that has not fired."),
      .number(
        "adaptationStrength", \.adaptationStrength, in: 0...1e6,
        "How much the threshold rises for a firing rate of 1 kHz."),
      .integer(
        "refractory", \.refractory, in: 0...100_000, "Steps after a spike without another one."),
      .integer(
        "delays", \.delays, in: 1...1000,
        "Each synapse takes 0 to this minus 1 steps longer, drawn once; 1 for no delays."),
      .integer(
        "delaySeed", \.delaySeed, "What delays are drawn from; part of the network, not of a run."),
      .number(
        "currentNoise", \.currentNoise, in: 0...1e9,
        "Standard deviation of normal noise in each neuron's current while the network is trained."),
      .choice(
        "spikeSource", \.spikeSource,
        "Whether the threshold is compared with the new membrane potential, or, as in the released "
          + "code, with the previous one."),
      .flag(
        "stopsGradientAtReset", \.stopsGradientAtReset,
        "Whether the gradient stops at the reset; the released LSNN code lets it through."),
      .choice(
        "surrogate", \.surrogate.shape, "Shape of the surrogate of a spike's derivative."),
      .number(
        "surrogateHeight", \.surrogate.height, in: 0...1000,
        "The surrogate at the threshold (dampening)."),
      .number(
        "surrogateHalfWidth", \.surrogate.halfWidth, in: 1e-6...1e6,
        "Half the surrogate's width, in thresholds."),
      .object("inputWeights", \.inputWeights, "How the matrix of the inputs begins."),
      .object("recurrentWeights", \.recurrentWeights, "How the recurrent matrix begins."),
    ]
  }

  /// Neurons that adapt.
  public var adaptiveCount: Int { Int((Float(size) * adaptiveFraction).rounded()) }

  /// Traces one time step; the states are `z`, `v`, `b`, `refractory` and what is under way.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let z = tracer.state("z", width: size)
    let v = tracer.state("v", width: size)
    let threshold = effectiveThreshold(previous: z, in: tracer)
    let decay = Self.decay(timeStep, membraneTime)
    var reset = z * threshold * timeStep
    if stopsGradientAtReset { reset = reset.stopGradient() }
    var current = current(x, z, in: tracer)
    if currentNoise > 0 {
      current = current + tracer.noise("current", width: size, .normal(deviation: currentNoise))
    }
    let membrane = decay * v + (1 - decay) * current - reset
    let compared = spikeSource == .newMembrane ? membrane : v
    let blocked = refractory > 0 ? tracer.state("refractory", width: size) : nil
    var excess = compared - threshold
    if let blocked, surrogate.hasCompactSupport {
      // As if it were so far below the threshold that the surrogate is zero: then the gradient need not know
      // which neurons were blocked, and that is not stored.
      let far = -(2 * surrogate.halfWidth + 1) * threshold
      excess = blocked.step().select(far, excess).straightThrough(excess)
    }
    let distance = excess / threshold
    var spike = distance.spike(surrogate)
    var silence = distance.spikesWithoutDerivative(surrogate)
    if let blocked {
      if !surrogate.hasCompactSupport {
        spike = blocked.step().select(tracer.constant(0, width: size), spike)
        silence = blocked.step().select(tracer.constant(1, width: size), silence)
      }
      tracer.update(
        blocked,
        to: spike.step().select(
          tracer.constant(Float(refractory), width: size), (blocked - 1).relu()))
    }
    let next = spike * (1 / timeStep)
    tracer.update(z, to: next)
    tracer.update(v, to: membrane)
    tracer.output(CellOutput.activity, next)
    tracer.output(CellOutput.backwardSparsity, silence)
    return next
  }

  /// The threshold of each neuron in this step.
  private func effectiveThreshold(previous z: Value, in tracer: Tracer) -> Value {
    let (adaptive, plain) = (adaptiveCount, size - adaptiveCount)
    guard adaptive > 0 else { return tracer.constant(threshold, width: size) }
    let b = tracer.state("b", width: adaptive)
    let decay = Self.decay(timeStep, adaptationTime)
    let next = decay * b + (1 - decay) * z[plain..<size]
    tracer.update(b, to: next)
    let raised = threshold + adaptationStrength * next
    return plain == 0 ? raised : .concatenate([tracer.constant(threshold, width: plain), raised])
  }

  /// The synaptic current.
  private func current(_ x: Value, _ z: Value, in tracer: Tracer) -> Value {
    let input = tracer.matrix(
      "input", rows: x.width, columns: size,
      inputWeights.initializer(rows: x.width, columns: size, shufflesSigns: true),
      wiring: delays == 1 ? nil : Wiring(delays: delays, seed: delaySeed))
    let current = tracer.delayLine("input", x, count: delays).product(input)
    guard isRecurrent else { return current }
    let recurrent = tracer.matrix(
      "recurrent", rows: size, columns: size,
      recurrentWeights.initializer(rows: size, columns: size),
      wiring: Wiring(delays: delays, seed: delaySeed &+ 1, excludesSelf: true))
    return current + tracer.delayLine("recurrent", z, count: delays).product(recurrent)
  }

  /// exp(−dt / τ)
  private static func decay(_ timeStep: Float, _ time: Float) -> Float {
    Float(exp(-Double(timeStep) / Double(time)))
  }
}
