import Envs

/// What the event camera of a demonstration reports, written as a file that event-vision programs read.
/// Episodes follow each other without a pause, also where one was left for a newer agent.
public enum EventFilm {
  /// Plays to the limits and writes all events.
  ///
  /// - Parameter path: The file: `.aedat` for AEDAT 3.1, `.txt` for lines `t x y p`, see
  ///   `EventRecording`.
  /// - Returns: how many events there were.
  /// - Throws: ``Failure`` for another extension, an environment without an event camera, a file that
  ///   cannot be written, a checkpoint that is not intact or a number that stops being finite.
  public static func record(
    _ demonstration: Demonstration, limits: WatchLimits, to path: String
  ) throws -> Int {
    let isText = path.hasSuffix(".txt")
    guard isText || path.hasSuffix(".aedat") else {
      throw Failure(
        .usage, "\(path) does not say how events are to be written",
        remedy: "Name a file .aedat for AEDAT 3.1, or .txt for lines of time, place and polarity.")
    }
    // A file that cannot be written is noticed before anything has been played.
    let partial = path + ".partial"
    try FileSystem.writeDurably([], to: partial)
    defer { FileSystem.remove(partial) }
    var events: [CameraEvent] = []
    while !limits.areReached(by: demonstration) {
      try demonstration.step()
      guard let latest = demonstration.cameraEvents else {
        throw Failure(
          .usage, "the environment of this run has no event camera",
          remedy: "Name a run in an environment called …-events, or use --record FILE for a film.")
      }
      for var event in latest {
        event.time += demonstration.episodeBegin
        events.append(event)
      }
    }
    let bytes = isText ? Array(EventRecording.text(events).utf8) : EventRecording.aedat(events)
    try FileSystem.writeDurably(bytes, to: partial)
    try FileSystem.move(partial, to: path)
    return events.count
  }
}
