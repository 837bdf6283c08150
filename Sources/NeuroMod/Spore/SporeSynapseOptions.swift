import Configuration

/// Constants of synapses that sample their parameters from a posterior of reward (SPORE).
///
/// In every step of dt = 1 ms, with presynaptic filters f and d that jump by 1 at each spike, the trace
/// `bap` of the postsynaptic neuron and the reward R:
///
/// ```
/// e ← e exp(−dt/τ_e) + w κ (f − d) bap                         κ = τ_m / (τ_m − τ_r)
/// g ← g exp(−dt/τ_g) + R e
/// θ ← θ + R β c_e e                                            where c_e > 0
/// ```
///
/// and at the end of every interval Δ:
///
/// ```
/// g ← g + N(0, √(2 T_g β Δ))
/// θ ← clip(θ + β Δ (c_p (μ − θ) + clip(c_g g, ± limit)) + N(0, √(2 T β Δ)), minimum, maximum)
/// w = w₀ exp(θ − θ₀) where θ ≥ 0, else 0
/// ```
///
/// A synapse with θ < 0 is *retracted*: e and g are forgotten and do not move until prior and noise carry
/// θ above 0 again.
///
/// Sources: Yu et al. 2016, arXiv:1606.00157; Kappel et al. 2018, eNeuro 5(2); Kaiser et al. 2019,
/// arXiv:2003.01431.
public struct SporeSynapseOptions: Configurable, Equatable {
  /// β in 1/ms.
  public var learningRate = 5e-8
  /// λ_β in 1/s: β falls as exp(−λ_β t).
  public var learningRateDecay = 0.0
  /// T
  public var temperature = 0.1
  /// T_g
  public var gradientTemperature = 0.0
  /// τ_r in ms.
  public var rise = 2.0
  /// τ_m in ms.
  public var fall = 20.0
  /// Below this, f and d count as zero.
  public var cutoff: Float = 1e-4
  /// τ_g in ms.
  public var gradientTime = 50_000.0
  /// τ_e in ms.
  public var eligibilityTime = 1000.0
  /// Δ in ms.
  public var interval = 100
  /// θ₀
  public var parameterOffset = 3.0
  /// w₀
  public var weightScale = 1.0
  /// c_e
  public var eligibilityRate = 0.0
  /// c_g
  public var gradientRate = 1.0
  /// The largest θ.
  public var maximum = 5.0
  /// The smallest θ.
  public var minimum = -2.0
  /// Bound of c_g g.
  public var gradientLimit = 40.0
  /// Whether e and g of retracted synapses go on.
  public var simulatesRetracted = false
  /// Whether retracted synapses never return.
  public var deletesRetracted = false
  /// μ
  public var priorMean = 0.0
  /// c_p
  public var priorPrecision = 1.0
  /// Mean of θ at the beginning.
  public var initialMean = 0.0
  /// Standard deviation of θ at the beginning.
  public var initialDeviation = 0.0

  /// The defaults of the rule's authors.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number("learningRate", \.learningRate, in: 0...1, "β, per millisecond."),
      .number(
        "learningRateDecay", \.learningRateDecay, in: 0...1,
        "λ of β exp(−λ t), per second of simulated time."),
      .number("temperature", \.temperature, in: 0...1000, "T of the noise of θ."),
      .number("gradientTemperature", \.gradientTemperature, in: 0...1e9, "T of the noise of g."),
      .number("rise", \.rise, in: 1e-3...1e6, "Rise time of the presynaptic filter in ms."),
      .number("fall", \.fall, in: 1e-3...1e6, "Fall time of the presynaptic filter in ms."),
      .number("cutoff", \.cutoff, in: 1e-30...1, "Below this, a presynaptic filter is silent."),
      .number(
        "gradientTime", \.gradientTime, in: 1e-3...1e12, "Time constant of the gradient g in ms."),
      .number(
        "eligibilityTime", \.eligibilityTime, in: 1e-3...1e12,
        "Time constant of the eligibility e in ms."),
      .integer("interval", \.interval, in: 1...100_000, "Milliseconds between changes of θ."),
      .number("parameterOffset", \.parameterOffset, in: -100...100, "θ₀ of w = w₀ exp(θ − θ₀)."),
      .number("weightScale", \.weightScale, in: 0...1e6, "w₀ of w = w₀ exp(θ − θ₀)."),
      .number(
        "eligibilityRate", \.eligibilityRate, in: 0...1e9, "c_e: how θ follows R e in every step."),
      .number("gradientRate", \.gradientRate, in: 0...1e9, "c_g: how θ follows g."),
      .number("maximum", \.maximum, in: 0...80, "Largest θ."),
      .number("minimum", \.minimum, in: -1000...0, "Smallest θ."),
      .number("gradientLimit", \.gradientLimit, in: 0...1e9, "Largest absolute c_g g."),
      .flag(
        "simulatesRetracted", \.simulatesRetracted, "Whether e and g of retracted synapses go on."),
      .flag("deletesRetracted", \.deletesRetracted, "Whether retracted synapses never return."),
      .number("priorMean", \.priorMean, in: -1000...1000, "μ of the prior of θ."),
      .number("priorPrecision", \.priorPrecision, in: 0...1000, "c_p, 1/σ² of the prior of θ."),
      .number("initialMean", \.initialMean, in: -1000...1000, "Mean of θ at the beginning."),
      .number(
        "initialDeviation", \.initialDeviation, in: 0...1000,
        "Standard deviation of θ at the beginning."),
    ]
  }

  /// The kernel divides by the difference of fall and rise time.
  public func validate(at path: JSONPath) throws {
    guard rise < fall else {
      throw ConfigurationError(
        path.appending("rise"), "\(rise) ms is not below the fall time of \(fall) ms",
        remedy: "Choose a shorter rise time.")
    }
  }
}
