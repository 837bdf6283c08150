/// The framing of event files: length, checksum of the length, payload, checksum of the payload,
/// all little-endian.
///
/// ```
/// ┌────────────┬─────────────┬─────────────┬──────────────┐
/// │ UInt64 n   │ UInt32 crc  │ n bytes     │ UInt32 crc   │
/// └────────────┴─────────────┴─────────────┴──────────────┘
/// ```
public enum TFRecord {
  /// Bytes of a frame besides the payload.
  public static let overhead = 16

  /// `payload` in its frame.
  public static func framed(_ payload: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(payload.count))
    return length + littleEndian(CRC32C.masked(length)) + payload
      + littleEndian(CRC32C.masked(payload))
  }

  /// The payloads of whole frames.
  ///
  /// A frame that is cut short ends the reading, as a writer may still be at work on it.
  ///
  /// - Throws: ``Corruption`` at a checksum that does not match.
  public static func payloads(in bytes: [UInt8]) throws(Corruption) -> [[UInt8]] {
    var payloads: [[UInt8]] = []
    var start = 0
    while bytes.count - start >= 12 {
      let header = bytes[start..<(start + 8)]
      guard number(bytes[(start + 8)..<(start + 12)]) == UInt64(CRC32C.masked(header)) else {
        throw Corruption(position: start)
      }
      let length = number(header)
      guard length <= UInt64(bytes.count), Int(length) <= bytes.count - start - overhead else {
        break
      }
      let end = start + 12 + Int(length)
      let payload = bytes[(start + 12)..<end]
      guard number(bytes[end..<(end + 4)]) == UInt64(CRC32C.masked(payload)) else {
        throw Corruption(position: start)
      }
      payloads.append(Array(payload))
      start = end + 4
    }
    return payloads
  }

  /// A frame whose checksum does not match its bytes.
  public struct Corruption: Error, Equatable {
    /// Where the frame starts.
    public let position: Int
  }

  private static func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian, Array.init)
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
