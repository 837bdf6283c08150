import Configuration

/// Threshold crossings: a pixel a step, row by row. With thresholds θ evenly spaced from 0 to 1, the two
/// channels of each θ < 1 spike where the grey crosses it upwards, p[i] < θ ≤ p[i+1], and downwards,
/// p[i] ≥ θ > p[i+1]; one more channel spikes while p = 1. After the image only the last channel spikes,
/// the cue, in every step.
///
/// Forty thresholds give 80 channels; the two of θ = 0 never spike.
///
/// Source: G. Bellec et al., NeurIPS 2018 (arXiv 1803.09574), sequential MNIST.
struct ThresholdCrossing: ImageEncoding, Configurable {
  /// Thresholds from 0 to 1, both included.
  var thresholds = 40
  /// Steps a pixel is held; crossings are found after repetition.
  var repeats = 1
  /// Steps in which the cue spikes.
  var cueSteps = 56
  /// Last steps whose outputs are averaged.
  var answerSteps = 28

  init() {}

  static var fields: [Field<Self>] {
    [
      .integer(
        "thresholds", \.thresholds, in: 2...10_000, "Thresholds from 0 to 1, both included."),
      .integer("repeats", \.repeats, in: 1...1000, "Steps a pixel is held."),
      .integer("cueSteps", \.cueSteps, in: 1...1_000_000, "Steps after the image, with the cue."),
      .integer(
        "answerSteps", \.answerSteps, in: 1...1_000_000,
        "Last steps whose outputs are averaged to the answer."),
    ]
  }

  func shape(height: Int, width: Int) -> EncodedShape {
    EncodedShape(
      steps: height * width * repeats + cueSteps, width: 2 * thresholds, answerSteps: answerSteps)
  }

  func write(_ image: Image, of request: ExampleRequest, into slot: ExampleSlot) -> Int {
    let steps = image.count * repeats
    let (touch, cue) = (2 * thresholds - 2, 2 * thresholds - 1)
    for step in 0..<steps {
      let input = slot.input(step)
      let now = image[step / repeats]
      if now == 1 { input[touch] = 1 }
      guard step + 1 < steps else { continue }
      let next = image[(step + 1) / repeats]
      guard now != next else { continue }
      for index in 0..<thresholds - 1 {
        let threshold = Float(index) / Float(thresholds - 1)
        if now < threshold && threshold <= next { input[2 * index] = 1 }
        if now >= threshold && threshold > next { input[2 * index + 1] = 1 }
      }
    }
    for step in steps..<steps + cueSteps { slot.input(step)[cue] = 1 }
    return steps + cueSteps
  }
}
