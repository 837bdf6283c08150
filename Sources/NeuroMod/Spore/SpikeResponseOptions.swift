import Configuration

/// Constants of a stochastic spike response neuron.
///
/// ```
/// u    = κ_e (f_e − d_e) + κ_i (f_i − d_i) + G (I_in + I_e)      κ = τ_fall / (τ_fall − τ_rise)
/// V    = u − b
/// rate = c₁ V + c₂ exp(c₃ V)                                    in Hz
/// p    = 1 − exp(−rate dt)
/// ```
///
/// f and d jump by the weight of each arriving spike and decay with the fall and the rise time. In every
/// step outside the dead time the neuron fires with probability p. The threshold b falls by
/// dt · target rate · speed in each step and rises by the speed at each spike, which keeps the mean rate
/// at the target. The trace that plasticity sees is spike − p, and 0 in the dead time.
///
/// Source: Kappel et al. 2018, eNeuro 5(2).
public struct SpikeResponseOptions: Configurable, Equatable {
  /// c₁ in Hz.
  public var linearRate: Float = 0
  /// c₂ in Hz.
  public var exponentialRate: Float = 1.238
  /// c₃
  public var slope: Float = 0.25
  /// Rise time of excitation in ms.
  public var excitatoryRise = 2.0
  /// Fall time of excitation in ms.
  public var excitatoryFall = 20.0
  /// Rise time of inhibition in ms.
  public var inhibitoryRise = 1.0
  /// Fall time of inhibition in ms.
  public var inhibitoryFall = 10.0
  /// Milliseconds after a spike without another.
  public var deadTime = 1
  /// Whether a spike clears f and d.
  public var resets = true
  /// I_e
  public var current: Float = 0
  /// G
  public var gain: Float = 1
  /// Rate that the threshold keeps, in Hz.
  public var targetRate = 10.0
  /// How fast the threshold moves.
  public var adaptationSpeed = 0.0

  /// The defaults of the rule's authors.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .number("linearRate", \.linearRate, in: 0...1e6, "c₁ of the firing rate, in Hz."),
      .number("exponentialRate", \.exponentialRate, in: 0...1e6, "c₂ of the firing rate, in Hz."),
      .number("slope", \.slope, in: 0...100, "c₃ of the firing rate."),
      .number(
        "excitatoryRise", \.excitatoryRise, in: 1e-3...1e6, "Rise time of excitation in ms."),
      .number(
        "excitatoryFall", \.excitatoryFall, in: 1e-3...1e6, "Fall time of excitation in ms."),
      .number(
        "inhibitoryRise", \.inhibitoryRise, in: 1e-3...1e6, "Rise time of inhibition in ms."),
      .number(
        "inhibitoryFall", \.inhibitoryFall, in: 1e-3...1e6, "Fall time of inhibition in ms."),
      .integer("deadTime", \.deadTime, in: 0...1_000_000, "Milliseconds without a second spike."),
      .flag("resets", \.resets, "Whether a spike clears the postsynaptic potentials."),
      .number("current", \.current, in: -1000...1000, "Constant current I_e."),
      .number("gain", \.gain, in: -1000...1000, "Conductance G, the gain of the current."),
      .number("targetRate", \.targetRate, in: 0...1000, "Rate that the threshold keeps, in Hz."),
      .number(
        "adaptationSpeed", \.adaptationSpeed, in: 0...1000,
        "How much a spike raises the threshold; 0 for a fixed one."),
    ]
  }

  /// The kernels divide by the difference of fall and rise time.
  public func validate(at path: JSONPath) throws {
    for (name, rise, fall) in [
      ("excitatoryRise", excitatoryRise, excitatoryFall),
      ("inhibitoryRise", inhibitoryRise, inhibitoryFall),
    ] where rise >= fall {
      throw ConfigurationError(
        path.appending(name), "\(rise) ms is not below the fall time of \(fall) ms",
        remedy: "Choose a shorter rise time.")
    }
  }
}
