import Configuration
import Envs
import Tensor

/// What an event camera reports that makes the three saccades of N-MNIST over the image, see
/// ``SaccadePath``.
///
/// Events are gathered into steps. Of the 2 P numbers of a step, the first P are the OFF events of
/// the P pixels, row after row, and the last P the ON events, as in `n-mnist`. The outputs of all
/// steps are averaged to the answer. By default a saccade takes 100 ms, as in N-MNIST. The noise of
/// the camera is drawn anew whenever the image is shown.
struct SaccadeEvents: ImageEncoding, Configurable {
  /// Steps in which the three saccades are made.
  var steps = 30
  /// Milliseconds of a step.
  var stepMilliseconds = 10.0
  /// Frames that the camera sees in a step.
  var framesPerStep = 4
  /// Width and height of the triangle, in pixels of the image.
  var amplitude: Float = 4
  /// Dark pixels that the camera sees on each side of the image.
  var margin = 0
  /// Whether a step counts events, or says whether there were any.
  var countsEvents = false
  /// The camera; by default it has a pixel for each one of MNIST.
  var camera = EventCameraOptions()

  init() {
    camera.model = .logIntensity
    (camera.width, camera.height) = (28, 28)
  }

  static var fields: [Field<Self>] {
    [
      .integer("steps", \.steps, in: 1...65_535, "Steps in which the three saccades are made."),
      .number(
        "stepMilliseconds", \.stepMilliseconds, in: 0.001...10_000, "Milliseconds of a step."),
      .integer(
        "framesPerStep", \.framesPerStep, in: 1...1000, "Frames that the camera sees in a step."),
      .number(
        "amplitude", \.amplitude, in: 0.1...100,
        "Width and height of the triangle of saccades, in pixels of the image."),
      .integer(
        "margin", \.margin, in: 0...100, "Dark pixels seen on each side of the image at rest."),
      .flag(
        "countsEvents", \.countsEvents,
        "Whether a step counts events, or says whether there were any."),
      .object("camera", \.camera, "The event camera."),
    ]
  }

  func validate(at path: JSONPath) throws {
    guard 1000 * stepMilliseconds >= Double(framesPerStep) else {
      throw ConfigurationError(
        path.appending("framesPerStep"),
        "\(framesPerStep) frames do not fit a step of \(stepMilliseconds) ms, they are at least "
          + "1 µs apart", remedy: "Use fewer frames or longer steps.")
    }
  }

  func shape(height: Int, width: Int) -> EncodedShape {
    EncodedShape(steps: steps, width: 2 * camera.width * camera.height, answerSteps: steps)
  }

  func write(_ image: Image, of request: ExampleRequest, into slot: ExampleSlot) -> Int {
    let eye = EventCamera(camera)
    var state = EventCamera.State()
    var field = ImageField(image, margin: margin)
    var random = request.showing.stream()
    var events: [CameraEvent] = []
    let frames = steps * framesPerStep
    let interval = 1000 * stepMilliseconds / Double(framesPerStep)
    for frame in 0...frames {
      field.gaze = amplitude * SaccadePath.gaze(at: Float(frame) / Float(frames))
      events.removeAll(keepingCapacity: true)
      eye.capture(
        field, at: Int64((Double(frame) * interval).rounded()), state: &state, into: &events,
        using: &random)
      // What happened since the frame before. The first frame has no events.
      let input = slot.input(max(0, frame - 1) / framesPerStep)
      for event in events {
        let pixel = Int(event.y) * camera.width + Int(event.x)
        let channel = event.isOn ? eye.pixels + pixel : pixel
        input[channel] = countsEvents ? input[channel] + 1 : 1
      }
    }
    return steps
  }
}
