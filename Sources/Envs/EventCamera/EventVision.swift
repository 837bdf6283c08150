import Tensor

/// The eye of an environment: an event camera, and its events since the last tick as an observation.
///
/// The observation has a number for each pixel and *slot*, the slots being equal parts of the tick: +1 or
/// −1 for the last event there, 0 for none. ``EventCameraOptions/Model/frameDifference`` has one slot,
/// as all events of a frame have one time; ``EventCameraOptions/Model/logIntensity`` has one for each
/// millisecond, and at least one.
public struct EventVision: Sendable, Codable {
  private var camera = EventCamera.State()
  private var raster: [Float] = []
  private var time: Int64 = 0
  /// The events of the last tick; kept for its memory and for recordings.
  public private(set) var events: [CameraEvent] = []

  private enum CodingKeys: String, CodingKey { case camera, raster, time }

  /// Eyes that have not been opened.
  public init() {}

  /// Slots of a tick of `duration` microseconds; a tick shorter than a millisecond has one.
  public static func slots(of options: EventCameraOptions, tick duration: Int64) -> Int {
    options.model == .frameDifference ? 1 : max(1, Int(duration / 1000))
  }

  /// Opens the eyes at the beginning of an episode: nothing has moved yet.
  public mutating func open(
    _ eye: EventCamera, on field: some LightField, tick duration: Int64,
    using random: inout RandomStream
  ) {
    let count = eye.pixels * Self.slots(of: eye.options, tick: duration)
    if raster.count != count {
      raster = Array(repeating: 0, count: count)
      events.reserveCapacity(count)
    }
    clear()
    camera.forget()
    time = 0
    eye.capture(field, at: time, state: &camera, into: &events, using: &random)
  }

  /// Looks again after a tick of `duration` microseconds.
  public mutating func look(
    _ eye: EventCamera, at field: some LightField, tick duration: Int64,
    using random: inout RandomStream
  ) {
    clear()
    let begin = time
    time += duration
    eye.capture(field, at: time, state: &camera, into: &events, using: &random)
    let slots = Int64(raster.count / eye.pixels)
    for event in events {
      // An event of the very end belongs to the last slot.
      let slot = min(slots - 1, (event.time - begin) * slots / duration)
      raster[place(of: event, slot: Int(slot), in: eye)] = event.polarity
    }
  }

  /// Clears what the events of the last tick have set.
  private mutating func clear() {
    events.removeAll(keepingCapacity: true)
    for index in raster.indices { raster[index] = 0 }
  }

  private func place(of event: CameraEvent, slot: Int, in eye: EventCamera) -> Int {
    (slot * eye.options.height + Int(event.y)) * eye.options.width + Int(event.x)
  }

  /// Writes the observation.
  public func observe(into observation: UnsafeMutableBufferPointer<Float>) {
    for index in raster.indices { observation[index] = raster[index] }
  }
}
