import Configuration

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
