import Configuration
import Tensor

/// An image as numbers, a pixel, a row or all of it in a step, with grey steps and an end marker after it if wanted.
///
/// Grey steps show zeros: with an offset of −0.5 that is the grey in the middle.
///
/// Source of the published formats: N. Vecoven, D. Ernst, G. Drion, PLOS ONE 16(6): e0252676, 2021 and
/// its code; there the number of grey steps varied by data set, here it varies by image.
struct GreyEncoding: ImageEncoding {
  /// What is shown in a step.
  enum Unit { case pixel, row, image }

  /// The options.
  struct Options: Configurable {
    /// Added to each pixel, which runs from 0 to 1.
    var offset: Float = 0
    /// Steps of zeros after the image.
    var greySteps = 0
    /// Whether their number varies from image to image.
    var variesGreySteps = false
    /// Whether a step of ones follows.
    var endMarker = false
    /// Last steps whose outputs are averaged.
    var answerSteps = 1

    init() {}

    static var fields: [Field<Self>] {
      [
        .number("offset", \.offset, in: -1...1, "Added to pixels, which run from 0 to 1."),
        .integer("greySteps", \.greySteps, in: 0...1_000_000, "Steps of zeros after the image."),
        .flag(
          "variesGreySteps", \.variesGreySteps,
          "Whether each image has a number of them drawn uniformly below greySteps."),
        .flag("endMarker", \.endMarker, "Whether a step of ones follows, where the answer is due."),
        .integer(
          "answerSteps", \.answerSteps, in: 1...1_000_000,
          "Last steps whose outputs are averaged to the answer."),
      ]
    }

    func validate(at path: JSONPath) throws {
      guard !variesGreySteps || (greySteps > 0 && endMarker) else {
        throw ConfigurationError(
          path.appending("variesGreySteps"),
          "needs grey steps and an end marker, or nobody could tell when to answer",
          remedy: "Set greySteps and endMarker.")
      }
    }
  }

  let options: Options
  let unit: Unit

  init(_ options: Options, unit: Unit) {
    self.options = options
    self.unit = unit
  }

  /// Pixels in a step.
  private func pixels(height: Int, width: Int) -> Int {
    switch unit {
    case .pixel: 1
    case .row: width
    case .image: height * width
    }
  }

  func shape(height: Int, width: Int) -> EncodedShape {
    let pixels = pixels(height: height, width: width)
    let grey = options.variesGreySteps ? options.greySteps - 1 : options.greySteps
    return EncodedShape(
      steps: height * width / pixels + grey + (options.endMarker ? 1 : 0), width: pixels,
      answerSteps: options.answerSteps)
  }

  func write(_ image: Image, of request: ExampleRequest, into slot: ExampleSlot) -> Int {
    let width = pixels(height: image.height, width: image.width)
    let steps = image.count / width
    for step in 0..<steps {
      let input = slot.input(step)
      for column in 0..<width { input[column] = image[step * width + column] + options.offset }
    }
    var grey = options.greySteps
    if options.variesGreySteps {
      var random = request.content.stream()
      grey = random.integer(below: options.greySteps)
    }
    guard options.endMarker else { return steps + grey }
    slot.input(steps + grey).update(repeating: 1)
    return steps + grey + 1
  }
}
