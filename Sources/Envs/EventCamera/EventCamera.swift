import Glibc
import Tensor

/// An event camera that looks at a ``LightField``.
///
/// ```swift
/// let camera = EventCamera(options)
/// var state = EventCamera.State()
/// var events: [CameraEvent] = []
/// camera.capture(scene, at: 20_000, state: &state, into: &events, using: &random)
/// ```
///
/// The first frame is only remembered. Memory is allocated at the first frame and where `events` grows.
public struct EventCamera: Sendable {
  /// What the pixels remember. A new state sees its first frame next.
  public struct State: Sendable, Codable, Equatable {
    /// The time of the last frame in microseconds.
    public private(set) var time: Int64 = 0
    /// Whether there has been a frame.
    public private(set) var hasFrame = false
    /// The grey level or the logarithm that the next event is measured from.
    fileprivate var reference: [Double] = []
    /// The brightness in the last frame, and in the one at hand.
    fileprivate var (brightness, image): ([Float], [Float]) = ([], [])
    /// The time of each pixel's last event; empty without a refractory period.
    fileprivate var lastEvent: [Int64] = []

    /// Nothing has been seen.
    public init() {}

    /// Forgets everything but the memory: the next frame is the first.
    public mutating func forget() { hasFrame = false }

    fileprivate mutating func endFrame(at time: Int64) {
      swap(&brightness, &image)
      self.time = time
      hasFrame = true
    }
  }

  /// What the camera is like.
  public let options: EventCameraOptions
  private let refractoryPeriod: Int64
  /// Thresholds are never below this, however they are drawn.
  private static let leastThreshold = 0.01
  /// The time of the last event of a pixel that had none.
  private static let never = Int64.min / 2

  /// A camera.
  public init(_ options: EventCameraOptions = .init()) {
    self.options = options
    refractoryPeriod = Int64(options.refractoryPeriod * 1000)
  }

  /// Pixels.
  public var pixels: Int { options.width * options.height }

  /// Looks at `field` at `time` (microseconds, later than the frame before) and appends the events since
  /// the frame before, sorted by time.
  public func capture(
    _ field: some LightField, at time: Int64, state: inout State, into events: inout [CameraEvent],
    using random: inout RandomStream
  ) {
    if state.image.count != pixels {
      state.image = Array(repeating: 0, count: pixels)
      state.brightness = state.image
      state.reference = Array(repeating: 0, count: pixels)
      if refractoryPeriod > 0 { state.lastEvent = Array(repeating: Self.never, count: pixels) }
    }
    state.image.withUnsafeMutableBufferPointer { image in
      guard let start = image.baseAddress else { return }
      field.render(width: options.width, height: options.height, into: start)
    }
    if !state.hasFrame {
      remember(&state)
    } else {
      precondition(time > state.time, "a frame must be later than the one before")
      switch options.model {
      case .frameDifference: reportDifferences(at: time, state: &state, into: &events)
      case .logIntensity:
        let known = events.count
        reportCrossings(at: time, state: &state, into: &events, using: &random)
        if events.count > known + 1 { Self.sort(&events) }
      }
    }
    state.endFrame(at: time)
  }

  /// What a pixel measures of a brightness.
  private func signal(_ intensity: Float) -> Double {
    let bounded = min(1, max(0, intensity))
    return switch options.model {
    case .frameDifference: Double((bounded * 255).rounded())
    case .logIntensity: log(options.darkLevel + Double(bounded))
    }
  }

  private func remember(_ state: inout State) {
    for pixel in 0..<pixels { state.reference[pixel] = signal(state.image[pixel]) }
    for pixel in state.lastEvent.indices { state.lastEvent[pixel] = Self.never }
  }

  private func event(_ pixel: Int, at time: Int64, isOn: Bool) -> CameraEvent {
    let (y, x) = pixel.quotientAndRemainder(dividingBy: options.width)
    return CameraEvent(time: time, x: UInt16(x), y: UInt16(y), isOn: isOn)
  }

  private func reportDifferences(
    at time: Int64, state: inout State, into events: inout [CameraEvent]
  ) {
    let threshold = Double(options.greyThreshold)
    for pixel in 0..<pixels where state.image[pixel] != state.brightness[pixel] {
      let grey = signal(state.image[pixel])
      let difference = grey - state.reference[pixel]
      guard abs(difference) > threshold else { continue }
      state.reference[pixel] = grey
      events.append(event(pixel, at: time, isOn: difference > 0))
    }
  }

  private func reportCrossings(
    at time: Int64, state: inout State, into events: inout [CameraEvent],
    using random: inout RandomStream
  ) {
    for pixel in 0..<pixels where state.image[pixel] != state.brightness[pixel] {
      let before = signal(state.brightness[pixel])
      let now = signal(state.image[pixel])
      guard now != before else { continue }
      cross(
        from: before, to: now, at: time, pixel: pixel, state: &state, into: &events, using: &random)
    }
  }

  /// Reports every level that lies a whole number of thresholds beyond the reference and was crossed.
  private func cross(
    from before: Double, to now: Double, at time: Int64, pixel: Int, state: inout State,
    into events: inout [CameraEvent], using random: inout RandomStream
  ) {
    let direction = now > before ? 1.0 : -1.0
    var threshold = now > before ? options.positiveThreshold : options.negativeThreshold
    if options.thresholdDeviation > 0 {
      threshold = max(
        Self.leastThreshold, threshold + options.thresholdDeviation * Double(random.normal()))
    }
    let reference = state.reference[pixel]
    // Levels up to `before` were passed when the threshold was another: no crossings of this frame.
    var step = max(0, ((before - reference) * direction / threshold).rounded(.down)) + 1
    while true {
      let level = reference + direction * step * threshold
      guard (now - level) * direction >= 0 else { return }
      let share = (level - before) / (now - before)
      let crossing = state.time + Int64((share * Double(time - state.time)).rounded())
      state.reference[pixel] = level
      step += 1
      if refractoryPeriod > 0 {
        guard crossing - state.lastEvent[pixel] >= refractoryPeriod else { continue }
        state.lastEvent[pixel] = crossing
      }
      events.append(event(pixel, at: crossing, isOn: direction > 0))
    }
  }
}

extension EventCamera {
  /// Sorts events by time, and by place where times are equal. It is done for each frame, and unlike the
  /// library's `sort` needs no memory.
  public static func sort(_ events: inout [CameraEvent]) {
    let count = events.count
    events.withUnsafeMutableBufferPointer { events in
      // Shell's method with Ciura's gaps.
      for gap in [1750, 701, 301, 132, 57, 23, 10, 4, 1] where gap < count {
        for index in gap..<count {
          let event = events[index]
          var place = index
          while place >= gap, CameraEvent.precedes(event, events[place - gap]) {
            events[place] = events[place - gap]
            place -= gap
          }
          events[place] = event
        }
      }
    }
  }
}
