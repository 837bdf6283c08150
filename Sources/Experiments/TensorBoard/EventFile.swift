import Glibc
import SwiftProtobuf

/// Reads event files.
public enum EventFile {
  /// One number of an event file.
  public struct Scalar: Sendable, Equatable {
    /// Seconds since 1970.
    public let wallTime: Double
    /// The training step.
    public let step: Int
    /// The name.
    public let tag: String
    /// The number.
    public let value: Float

    /// A number written under `tag`.
    public init(wallTime: Double, step: Int, tag: String, value: Float) {
      self.wallTime = wallTime
      self.step = step
      self.tag = tag
      self.value = value
    }
  }

  /// The numbers in `path` in the order written; a record cut short at the end is left out.
  ///
  /// - Throws: ``EventFileError`` if the file cannot be read or is damaged.
  public static func scalars(in path: String) throws(EventFileError) -> [Scalar] {
    let bytes = try contents(of: path)
    let payloads: [[UInt8]]
    do {
      payloads = try TFRecord.payloads(in: bytes)
    } catch {
      throw EventFileError(path: path, reason: "is damaged at byte \(error.position)")
    }
    var scalars: [Scalar] = []
    for payload in payloads {
      let event: Tensorflow_Event
      do {
        event = try Tensorflow_Event(serializedBytes: payload)
      } catch {
        throw EventFileError(path: path, reason: "holds a record that is no event: \(error)")
      }
      for value in event.summary.value {
        guard case .simpleValue(let number) = value.value else { continue }
        scalars.append(
          Scalar(
            wallTime: event.wallTime, step: Int(event.step), tag: value.tag, value: number))
      }
    }
    return scalars
  }

  private static func contents(of path: String) throws(EventFileError) -> [UInt8] {
    guard let file = fopen(path, "rb") else {
      throw EventFileError(path: path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      bytes += chunk[..<count]
      if count < chunk.count { break }
    }
    guard ferror(file) == 0 else {
      throw EventFileError(path: path, reason: "cannot be read")
    }
    return bytes
  }
}
