import Configuration
import Tensor

/// Rate code: in every step each pixel p spikes with probability `maximum` · p, anew whenever the image is
/// shown. The outputs of all these steps are averaged to the answer.
///
/// Source: F. De Geeter, D. Ernst, G. Drion, "Spike-based computation using classical recurrent neural
/// networks", 2023 (arXiv 2306.03623): 200 steps, white spikes in 25 % of them; the steps of silence
/// before, 20, belong to its hardware export.
struct RateCode: ImageEncoding, Configurable {
  /// Steps with spikes.
  var steps = 200
  /// Probability of a spike of a white pixel.
  var maximum: Float = 0.25
  /// Steps of silence before.
  var silentSteps = 0

  init() {}

  static var fields: [Field<Self>] {
    [
      .integer("steps", \.steps, in: 1...1_000_000, "Steps in which the image is shown."),
      .number("maximum", \.maximum, in: 0...1, "Probability that a white pixel spikes in a step."),
      .integer("silentSteps", \.silentSteps, in: 0...1_000_000, "Steps of silence before."),
    ]
  }

  func shape(height: Int, width: Int) -> EncodedShape {
    EncodedShape(steps: silentSteps + steps, width: height * width, answerSteps: steps)
  }

  func write(_ image: Image, of request: ExampleRequest, into slot: ExampleSlot) -> Int {
    var random = request.showing.stream()
    for step in silentSteps..<silentSteps + steps {
      let input = slot.input(step)
      for pixel in 0..<image.count where image[pixel] > 0 {
        if random.uniform() < maximum * image[pixel] { input[pixel] = 1 }
      }
    }
    return silentSteps + steps
  }
}
