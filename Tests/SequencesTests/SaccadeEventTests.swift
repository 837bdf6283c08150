import Configuration
import Envs
import Sequences
import Tensor
import Testing

/// An image as the definition says: every pixel is a tent as wide as two pixels.
private struct Tents: LightField {
  let pixels: [UInt8]
  let side: Int
  let margin: Float
  let gaze: SIMD2<Float>

  func intensity(at point: SIMD2<Float>) -> Float {
    let view = Float(side) + 2 * margin
    let place = point * view + gaze - (margin + 0.5)
    var sum: Float = 0
    for (index, pixel) in pixels.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: side)
      let across: Float = max(0, 1 - abs(place.x - Float(column)))
      let down: Float = max(0, 1 - abs(place.y - Float(row)))
      sum += across * down * Float(pixel) / 255
    }
    return sum
  }
}

/// Events of a pixel in a step.
private struct Seen: Hashable {
  let step: Int
  let row: Int
  let column: Int
  let isOn: Bool
  let count: Float
}

/// The encoding `events`.
@Suite struct SaccadeEventTests {
  private let files: ImageFiles
  private static let side = 12
  /// Columns and rows whose surroundings stay in view while the gaze moves by two pixels.
  private static let interior = 2..<10

  init() throws { files = try ImageFiles() }

  /// Puts square images into the test file.
  private func write(_ images: [[UInt8]]) throws {
    let training = Array(repeating: images[0], count: 3)
    for (prefix, images) in [("train", training), ("t10k", images)] {
      try files.write(
        ImageFiles.header(3, [images.count, Self.side, Self.side]) + images.flatMap { $0 },
        to: "\(prefix)-images-idx3-ubyte")
      try files.write(
        ImageFiles.header(1, [images.count]) + [UInt8](repeating: 0, count: images.count),
        to: "\(prefix)-labels-idx1-ubyte")
    }
  }

  /// Square test images shown by the encoding with more options, of itself and of the camera.
  private func examples(
    _ images: [[UInt8]], _ options: String = "", camera: String = "", visit: Int = 0,
    seed: UInt64 = 5
  ) throws -> Examples {
    try write(images)
    let json = files.json(
      #", "encoding": {"name": "events"\#(options),"#
        + #" "camera": {"width": 12, "height": 12\#(camera)}}"#)
    return Examples(try namedTask(json), count: images.count, visit: visit, seed: seed)
  }

  private static func image(_ pixel: (_ row: Int, _ column: Int) -> UInt8) -> [UInt8] {
    (0..<side * side).map { pixel($0 / side, $0 % side) }
  }

  /// What is shown of an example, by a camera with as many pixels as the image.
  private func seen(_ examples: Examples, _ example: Int) -> Set<Seen> {
    let pixels = Self.side * Self.side
    var seen = Set<Seen>()
    for step in examples.steps {
      for (channel, count) in examples.batch[example].input(step).enumerated() where count != 0 {
        let (row, column) = (channel % pixels).quotientAndRemainder(dividingBy: Self.side)
        seen.insert(
          Seen(step: step, row: row, column: column, isOn: channel >= pixels, count: count))
      }
    }
    return seen
  }

  private func total(_ examples: Examples, _ example: Int) -> Float {
    seen(examples, example).reduce(0) { $0 + $1.count }
  }

  @Test func shapeAndAnswer() throws {
    let examples = try examples([Self.image { _, _ in 200 }])
    #expect(examples.task.specification.steps == 30)
    #expect(examples.task.specification.inputWidth == 2 * 144)
    #expect(examples.task.specification.averagesRuns)
    #expect(examples.answers(0) == Array(0..<30))
    let standard = try namedTask(files.json(#", "encoding": "events""#))
    #expect(standard.specification.inputWidth == 2 * 28 * 28)
  }

  @Test func aUniformImageHasEventsAtItsRimAlone() throws {
    let examples = try examples([Self.image { _, _ in 200 }, Self.image { _, _ in 0 }])
    let events = seen(examples, 0)
    #expect(events.contains { $0.isOn } && events.contains { !$0.isOn })
    #expect(
      events.allSatisfy {
        !(Self.interior.contains($0.row) && Self.interior.contains($0.column))
      })
    #expect(events.allSatisfy { $0.count == 1 }, "whether there were events, not how many")
    #expect(seen(examples, 1).isEmpty, "black before black")
  }

  @Test func reversedBrightnessSwapsPolarity() throws {
    let edge = Self.image { _, column in column < 6 ? 0 : 255 }
    // 24 frames: every motion is a quarter of a pixel or a half, far beyond the threshold.
    let examples = try examples(
      [edge, edge.map { 255 - $0 }], #", "steps": 6, "countsEvents": true"#,
      camera: #", "model": "frameDifference""#)
    func inside(_ example: Int, swapped: Bool) -> Set<Seen> {
      let events = seen(examples, example).filter {
        Self.interior.contains($0.row) && Self.interior.contains($0.column)
      }
      return Set(
        events.map {
          Seen(
            step: $0.step, row: $0.row, column: $0.column, isOn: $0.isOn != swapped,
            count: $0.count)
        })
    }
    let events = inside(0, swapped: false)
    #expect(events.contains { $0.isOn } && events.contains { !$0.isOn })
    #expect(events == inside(1, swapped: true))
  }

  @Test func moreContrastMakesMoreEvents() throws {
    let squares = [40, 120, 255].map { grey in
      Self.image { row, column in
        (4..<8).contains(row) && (4..<8).contains(column) ? UInt8(grey) : 0
      }
    }
    let examples = try examples(
      squares, #", "countsEvents": true"#,
      camera: #", "positiveThreshold": 0.2, "negativeThreshold": 0.2, "thresholdDeviation": 0"#)
    let totals = (0..<3).map { total(examples, $0) }
    #expect(0 < totals[0] && totals[0] < totals[1] && totals[1] < totals[2], "\(totals)")
  }

  /// The noise of the thresholds follows from the key of the showing.
  @Test func noiseFollowsFromTheKey() throws {
    let image = Self.image { row, column in UInt8((31 * row + 17 * column) % 256) }
    func shown(deviation: Float, visit: Int = 0, seed: UInt64 = 5) throws -> Set<Seen> {
      let camera = #", "thresholdDeviation": \#(deviation)"#
      return seen(try examples([image], camera: camera, visit: visit, seed: seed), 0)
    }
    let first = try shown(deviation: 0.3)
    #expect(try shown(deviation: 0.3) == first)
    #expect(try shown(deviation: 0.3, visit: 1) != first)
    #expect(try shown(deviation: 0.3, seed: 6) != first)
    let silent = try shown(deviation: 0)
    #expect(try shown(deviation: 0, visit: 1, seed: 6) == silent)
  }

  /// Every event of a camera before the definition of the field, in the step of its time. ON and
  /// OFF thresholds differ, so that no level lies at the brightness to which the gaze returns.
  @Test func stepsHoldAllEventsOfTheCamera() throws {
    let image = Self.image { row, column in UInt8((31 * row + 17 * column) % 256) }
    var options = EventCameraOptions()
    options.model = .logIntensity
    (options.width, options.height, options.thresholdDeviation) = (8, 6, 0)
    (options.positiveThreshold, options.negativeThreshold, options.darkLevel) = (0.3, 0.37, 0.02)
    let camera = EventCamera(options)
    var state = EventCamera.State()
    var random = RandomKey(seed: 1).stream()
    let corners: [SIMD2<Float>] = [
      SIMD2(-1.5, -1.5), SIMD2(0, 1.5), SIMD2(1.5, -1.5), SIMD2(-1.5, -1.5),
    ]
    var expected = Array(repeating: [Float](repeating: 0, count: 2 * 48), count: 5)
    var total = 0
    // Five steps of three frames that are 2 ms apart; a saccade takes five frames.
    for frame in 0...15 {
      let saccade = min(frame / 5, 2)
      let way = corners[saccade + 1] - corners[saccade]
      let gaze = corners[saccade] + way * (Float(frame - 5 * saccade) / 5)
      var events: [CameraEvent] = []
      camera.capture(
        Tents(pixels: image, side: Self.side, margin: 1, gaze: gaze), at: Int64(2000 * frame),
        state: &state, into: &events, using: &random)
      let step = max(0, frame - 1) / 3
      for event in events {
        expected[step][(event.isOn ? 48 : 0) + Int(event.y) * 8 + Int(event.x)] += 1
        #expect((Int64(6000 * step)...Int64(6000 * step + 6000)).contains(event.time))
      }
      total += events.count
    }
    let json = files.json(
      #"""
      , "encoding": {
        "name": "events", "steps": 5, "stepMilliseconds": 6, "framesPerStep": 3, "amplitude": 3,
        "margin": 1, "countsEvents": true,
        "camera": {
          "width": 8, "height": 6, "positiveThreshold": 0.3, "negativeThreshold": 0.37,
          "darkLevel": 0.02, "thresholdDeviation": 0
        }
      }
      """#)
    try write([image])
    let shown = Examples(try namedTask(json), count: 1)
    #expect(total > 100)
    for step in 0..<5 { #expect(Array(shown.batch[0].input(step)) == expected[step]) }
    let sum = (0..<5).reduce(Float(0)) { $0 + shown.batch[0].input($1).reduce(0, +) }
    #expect(Int(sum) == total)
  }

  @Test(arguments: [
    (#", "amplitude": 0"#, "task.encoding.amplitude", "out of range"),
    (#", "steps": 0"#, "task.encoding.steps", "out of range"),
    (#", "stepMilliseconds": 0.001"#, "task.encoding.framesPerStep", "do not fit a step"),
    (#", "speed": 1"#, "task.encoding.speed", "is not an option here"),
  ])
  func optionsThatCannotBe(options: String, place: String, problem: String) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try examples([Self.image { _, _ in 0 }], options)
    }
    #expect(error.path.description == place)
    #expect(error.problem.contains(problem), "\(error)")
    #expect(!error.remedy.isEmpty)
  }

  @Test func camerasThatCannotBe() throws {
    let error = try #require(throws: ConfigurationError.self) {
      try namedTask(
        files.json(#", "encoding": {"name": "events", "camera": {"width": 0}}"#))
    }
    #expect(error.path.description == "task.encoding.camera.width")
  }
}
