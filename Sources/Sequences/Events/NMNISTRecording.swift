/// A recording in the format of N-MNIST: 40 bits an event, big-endian.
///
/// ```
/// bits 39–32 x    31–24 y    23 polarity, 1 for brighter    22–0 time in µs
/// ```
///
/// Source: G. Orchard et al., "Converting static image datasets to spiking neuromorphic datasets using
/// saccades", Frontiers in Neuroscience 9:437, 2015.
struct NMNISTRecording: Equatable {
  /// A pixel that became brighter or darker.
  struct Event: Equatable {
    let x: Int
    let y: Int
    /// Whether it became brighter.
    let isOn: Bool
    /// Microseconds from the beginning of the recording.
    let time: Int
  }

  /// The events in the order of the file.
  let events: [Event]

  /// Longer files are refused; those of N-MNIST have about 20 kB.
  static let maximumBytes = 1 << 24

  /// Reads a file of a camera of `height × width` pixels.
  ///
  /// - Throws: ``DataSetError`` for anything but whole events within the camera.
  init(contentsOf path: String, height: Int, width: Int) throws {
    let reader = try ByteReader(path)
    let bytes = try reader.upTo(Self.maximumBytes)
    try reader.requireEnd()
    guard !bytes.isEmpty, bytes.count % 5 == 0 else {
      throw DataSetError.damaged(path, "has \(bytes.count) bytes, which are not whole events of 5")
    }
    events = try stride(from: 0, to: bytes.count, by: 5).map { first in
      let event = Event(
        x: Int(bytes[first]), y: Int(bytes[first + 1]), isOn: bytes[first + 2] & 0x80 != 0,
        time: Int(bytes[first + 2] & 0x7F) << 16 | Int(bytes[first + 3]) << 8
          | Int(bytes[first + 4]))
      guard event.x < width, event.y < height else {
        throw DataSetError.damaged(
          path, "has an event at (\(event.x), \(event.y)), outside \(width) × \(height) pixels")
      }
      return event
    }
  }
}
