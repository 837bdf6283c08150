import Configuration
import Tensor

/// How an image becomes a sequence.
public protocol ImageEncoding: Sendable {
  /// The sequence that images of that size become.
  func shape(height: Int, width: Int) -> EncodedShape
  /// Writes the inputs of an image.
  ///
  /// - Returns: the step after the last one, where the answer ends.
  func write(_ image: Image, of request: ExampleRequest, into slot: ExampleSlot) -> Int
}

/// The size of an encoded image.
public struct EncodedShape: Sendable, Equatable {
  /// Steps of the longest sequence.
  public var steps: Int
  /// Numbers a step.
  public var width: Int
  /// Last steps whose outputs are averaged to the answer.
  public var answerSteps: Int

  /// A size.
  public init(steps: Int, width: Int, answerSteps: Int) {
    self.steps = steps
    self.width = width
    self.answerSteps = answerSteps
  }
}

extension Registry<any ImageEncoding> {
  /// The encodings that come with MetaRL.
  public static var standard: Registry<any ImageEncoding> {
    var registry = Registry(kind: "encoding")
    registry.register(
      Entry("pixels", "A pixel a step, as a number.", options: GreyEncoding.Options.self) {
        GreyEncoding($0, unit: .pixel)
      })
    registry.register(
      Entry("rows", "A row of pixels a step, as numbers.", options: GreyEncoding.Options.self) {
        GreyEncoding($0, unit: .row)
      })
    registry.register(
      Entry("image", "All pixels in one step, as numbers.", options: GreyEncoding.Options.self) {
        GreyEncoding($0, unit: .image)
      })
    registry.register(
      Entry(
        "threshold-crossing", "A pixel a step; spikes where its grey crosses thresholds.",
        options: ThresholdCrossing.self
      ) { $0 })
    registry.register(
      Entry(
        "rate", "The whole image in every step; bright pixels spike often.",
        otherNames: ["poisson"], options: RateCode.self
      ) { $0 })
    registry.register(
      Entry(
        "latency", "The whole image; each pixel spikes once, bright ones early.",
        options: LatencyCode.self
      ) { $0 })
    registry.register(
      Entry(
        "events", "What an event camera reports that makes three saccades over the image.",
        options: SaccadeEvents.self
      ) { $0 })
    return registry
  }
}

/// An encoding named in a configuration, with its options.
public struct ImageEncodingChoice: RegistryChoice {
  /// Encodings.
  public static var kind: String { "encoding" }
  /// Where names are looked up. The experiment binds it to its own library while it reads.
  @TaskLocal public static var registry = Registry<any ImageEncoding>.standard

  /// The name with every option filled in.
  public let json: JSONValue
  /// The encoding.
  public let encoding: any ImageEncoding

  /// An encoding that has been looked up.
  public init(_ encoding: any ImageEncoding, json: JSONValue) {
    self.encoding = encoding
    self.json = json
  }
}
