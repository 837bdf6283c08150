import Configuration

/// What an event camera is like.
///
/// | | `frameDifference` | `logIntensity` |
/// | --- | --- | --- |
/// | signal | grey levels 0…255 | L = ln(ε + I), I in [0, 1] |
/// | an event | the signal left the reference by more than a threshold; one at most per frame | for every multiple of C that L crossed |
/// | its time | that of the frame | interpolated between the frames |
/// | the reference then | jumps to the signal | moves by C |
///
/// The first is that of common robot simulators; the second is ESIM's: H. Rebecq, D. Gehrig,
/// D. Scaramuzza, “ESIM: an open event camera simulator”, CoRL 2018.
public struct EventCameraOptions: Configurable, Equatable {
  /// How pixels work.
  public enum Model: String, Sendable, CaseIterable {
    /// Differences of grey levels between frames.
    case frameDifference
    /// Crossings of levels of the logarithm of the brightness (ESIM).
    case logIntensity
  }

  /// How pixels work.
  public var model = Model.frameDifference
  /// Columns.
  public var width = 16
  /// Rows.
  public var height = 16
  /// Threshold of frame differences, in grey levels.
  public var greyThreshold: Float = 10
  /// C of ON events.
  public var positiveThreshold = 1.0
  /// C of OFF events.
  public var negativeThreshold = 1.0
  /// σ of C, drawn for each pixel, frame and direction.
  public var thresholdDeviation = 0.021
  /// Milliseconds after an event in which the pixel reports no other.
  public var refractoryPeriod = 0.0
  /// ε
  public var darkLevel = 1e-3

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("model", \.model, "Frame differences, or ESIM's crossings of log intensity."),
      .integer("width", \.width, in: 1...4096, "Columns of pixels."),
      .integer("height", \.height, in: 1...4096, "Rows of pixels."),
      .number(
        "greyThreshold", \.greyThreshold, in: 0...255,
        "frameDifference: grey levels of 255 that a pixel must change by."),
      .number(
        "positiveThreshold", \.positiveThreshold, in: 0.01...100,
        "logIntensity: change of ln(ε + I) between ON events."),
      .number(
        "negativeThreshold", \.negativeThreshold, in: 0.01...100,
        "logIntensity: change of ln(ε + I) between OFF events."),
      .number(
        "thresholdDeviation", \.thresholdDeviation, in: 0...100,
        "logIntensity: σ of the thresholds, for each pixel, frame and direction."),
      .number(
        "refractoryPeriod", \.refractoryPeriod, in: 0...1e6,
        "logIntensity: milliseconds after an event without another."),
      .number("darkLevel", \.darkLevel, in: 1e-9...1, "logIntensity: ε of ln(ε + I)."),
    ]
  }
}
