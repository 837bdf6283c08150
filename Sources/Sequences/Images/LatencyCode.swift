import Configuration

/// Time to first spike: pixel p spikes once, in step (1 − p)(T − 1), rounded; pixels darker than the
/// threshold never spike. The outputs of all steps are averaged to the answer.
struct LatencyCode: ImageEncoding, Configurable {
  /// Steps, T.
  var steps = 100
  /// The darkest grey that spikes.
  var threshold: Float = 0.2

  init() {}

  static var fields: [Field<Self>] {
    [
      .integer("steps", \.steps, in: 2...1_000_000, "Steps of a sequence."),
      .number("threshold", \.threshold, in: 0...1, "The darkest grey that spikes."),
    ]
  }

  func shape(height: Int, width: Int) -> EncodedShape {
    EncodedShape(steps: steps, width: height * width, answerSteps: steps)
  }

  func write(_ image: Image, of request: ExampleRequest, into slot: ExampleSlot) -> Int {
    for pixel in 0..<image.count where image[pixel] >= threshold {
      let step = Int(((1 - image[pixel]) * Float(steps - 1)).rounded())
      slot.input(step)[pixel] = 1
    }
    return steps
  }
}
