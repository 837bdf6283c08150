import Configuration
import Tensor

/// Denoising: five values among noise are flagged; they are to be answered, in the order in which they
/// came, when the query flag is shown. Value ~ N(0, 1) in the first channel, flag in the second.
///
/// ```
/// format    flags: noise, relevant, query    after the noise                          answers
/// v1        −1, 0, +1                        one step [0, +1]                         a row of five
/// plos       0, 1, −1                        query step with value 0, 4 zero steps    five steps
/// warmup     0, 1, −1                        the last five steps, which stay noise    five steps
/// ```
///
/// `length` counts the noise without the query step of `v1` and the zero steps of `plos`. Relevant
/// values are not among the last `padding` steps of it.
///
/// Sources: Vecoven et al. 2021 (arXiv v1 and PLOS ONE); G. Lambrechts et al., "Warming up recurrent
/// neural networks to maximise reachable multistability greatly improves learning", Neural Networks,
/// 2023.
public struct Denoising: SequenceTask, Configurable {
  /// The published formats.
  public enum Format: String, Sendable, CaseIterable {
    /// arXiv, first version.
    case v1
    /// PLOS ONE and its code.
    case plos
    /// The study of warm-up.
    case warmup
  }

  /// What is to be answered.
  public enum Answer: String, Sendable, CaseIterable {
    /// The values.
    case values
    /// Their signs, as bits.
    case signs
  }

  static let name = "denoising"

  /// The published format.
  public var format = Format.plos
  /// Steps of noise, 400 as published.
  public var length = 400
  /// Last steps of the noise that hold no relevant value, N; at least 5 in the format `warmup`.
  public var padding = 200
  /// Values to be remembered.
  public var values = 5
  /// What is to be answered.
  public var answer = Answer.values
  /// The splits, 45 000 and 50 000 as published; validation is ours.
  public var examples = ExampleCounts(training: 45_000, validation: 5000, test: 50_000)

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .choice("format", \.format, "The published format."),
      .integer("length", \.length, in: 2...1_000_000, "Steps of noise."),
      .integer(
        "padding", \.padding, in: 0...1_000_000,
        "Last steps of the noise that hold no relevant value; at least as many as values for warmup."
      ),
      .integer("values", \.values, in: 1...1000, "Values to be remembered."),
      .choice("answer", \.answer, "Whether values or their signs are to be answered."),
      .object("examples", \.examples, "How many examples there are."),
    ]
  }

  /// Steps that may hold relevant values.
  private var places: Int {
    switch format {
    case .v1, .warmup: length - padding
    // The query is the last step of the noise.
    case .plos: length - max(padding, 1)
    }
  }

  /// The values have to fit; in the format `warmup`, not into the steps of the answer.
  public func validate(at path: JSONPath) throws {
    guard format != .warmup || padding >= values else {
      throw ConfigurationError(
        path.appending("padding"),
        "\(padding) steps are fewer than the \(values) of the answer, so that relevant values would "
          + "overwrite the query", remedy: "Use at least \(values).")
    }
    guard places >= values else {
      throw ConfigurationError(
        path.appending("padding"), "leaves \(max(places, 0)) steps for \(values) values",
        remedy: "Raise length or lower padding.")
    }
  }

  private var query: Int {
    switch format {
    case .v1: length
    case .plos: length - 1
    case .warmup: length - values
    }
  }

  /// Value and flag a step; the answer at once or in as many steps as there are values.
  public var specification: SequenceSpecification {
    let steps: Int
    switch format {
    case .v1: steps = length + 1
    case .plos: steps = length + values - 1
    case .warmup: steps = length
    }
    return SequenceSpecification(
      name: Self.name, steps: steps, inputWidth: 2, outputWidth: format == .v1 ? values : 1,
      loss: answer == .values ? .squaredError : .binaryCrossEntropy, examples: examples)
  }

  /// Writes one sequence.
  public func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    var random = request.content.stream()
    let (noiseFlag, relevantFlag, queryFlag): (Float, Float, Float) =
      format == .v1 ? (-1, 0, 1) : (0, 1, -1)
    for step in 0..<length {
      slot.input(step)[0] = random.normal()
      slot.input(step)[1] = noiseFlag
    }
    var number = 0
    for place in 0..<places where random.integer(below: places - place) < values - number {
      defer { number += 1 }
      slot.input(place)[1] = relevantFlag
      let value = slot.input(place)[0]
      let target = answer == .values ? value : (value > 0 ? 1 : 0)
      if format == .v1 {
        slot.target(query)[number] = target
      } else {
        slot.target(query + number)[0] = target
        slot.setWeight(1, at: query + number)
      }
    }
    if format == .v1 { slot.setWeight(1, at: query) }
    if format == .plos { slot.input(query)[0] = 0 }
    slot.input(query)[1] = queryFlag
  }
}
