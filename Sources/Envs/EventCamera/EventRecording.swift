/// Recordings of events as files that other event-vision programs read.
///
/// * ``text(_:)``: a line `t x y p` for each event, with t in seconds and p 1 or 0, as in the Event-Camera
///   Dataset (E. Mueggler et al., IJRR 2017).
/// * ``aedat(_:source:)``: AEDAT 3.1, polarity events, little-endian, as cAER and jAER write it.
public enum EventRecording {
  /// Why a recording cannot be read.
  public struct FormatError: Error, Equatable, CustomStringConvertible {
    /// Where and what.
    public let problem: String
    /// What would be right.
    public let remedy: String

    /// Two lines for a person.
    public var description: String { "\(problem)\n\(remedy)" }
  }

  // MARK: Text

  /// The events as lines `t x y p`.
  public static func text(_ events: some Sequence<CameraEvent>) -> String {
    var text = ""
    for event in events {
      let (seconds, rest) = event.time.quotientAndRemainder(dividingBy: 1_000_000)
      let digits = String(rest.magnitude)
      let padded = String(repeating: "0", count: 6 - digits.count) + digits
      let sign = event.time < 0 ? "-" : ""
      text += "\(sign)\(seconds.magnitude).\(padded) \(event.x) \(event.y) \(event.isOn ? 1 : 0)\n"
    }
    return text
  }

  /// Reads lines `t x y p`; empty lines and lines that begin with # are skipped.
  ///
  /// - Throws: ``FormatError`` naming the line.
  public static func events(fromText text: String) throws -> [CameraEvent] {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return try lines.enumerated().compactMap { index, line in
      let fields = line.split { $0 == " " || $0 == "\t" }
      guard let first = fields.first, !first.hasPrefix("#") else { return nil }
      guard fields.count == 4, let seconds = Double(first), abs(seconds) < 1e12,
        let x = UInt16(fields[1]), let y = UInt16(fields[2]),
        let polarity = Int(fields[3]), [-1, 0, 1].contains(polarity)
      else {
        throw FormatError(
          problem: "line \(index + 1) is not an event: “\(line.prefix(60))”",
          remedy: "Write seconds, column, row, and 1 or 0, separated by spaces.")
      }
      return CameraEvent(
        time: Int64((seconds * 1e6).rounded()), x: x, y: y, isOn: polarity == 1)
    }
  }

  // MARK: AEDAT 3.1

  private static let headerEnd = "#!END-HEADER\r\n"
  private static let packetHeaderSize = 28
  private static let eventSize = 8
  private static let eventsPerPacket = 4096

  /// The events as the bytes of an AEDAT 3.1 file. Columns and rows are below 32 768, times not negative.
  public static func aedat(
    _ events: some Sequence<CameraEvent>, source: String = "MetaRL"
  ) -> [UInt8] {
    var bytes = Array(
      "#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 0: \(source)\r\n\(headerEnd)".utf8)
    var packet: [CameraEvent] = []
    func overflow(_ event: CameraEvent) -> Int64 { event.time >> 31 }
    func flush() {
      guard let first = packet.first else { return }
      bytes.append(1, as: UInt16.self)  // polarity events
      bytes.append(0, as: UInt16.self)  // of source 0
      let count = UInt32(packet.count)
      for field in [UInt32(eventSize), 4, UInt32(overflow(first)), count, count, count] {
        bytes.append(field, as: UInt32.self)
      }
      for event in packet {
        let address = UInt32(event.x) << 17 | UInt32(event.y) << 2
        bytes.append(address | (event.isOn ? 2 : 0) | 1, as: UInt32.self)
        bytes.append(UInt32(event.time & 0x7fff_ffff), as: UInt32.self)
      }
      packet.removeAll(keepingCapacity: true)
    }
    for event in events {
      precondition(
        event.x < 1 << 15 && event.y < 1 << 15 && event.time >= 0,
        "AEDAT has 15 bits for a coordinate and no negative times")
      if let first = packet.first,
        packet.count == eventsPerPacket || overflow(first) != overflow(event)
      {
        flush()
      }
      packet.append(event)
    }
    flush()
    return bytes
  }

  /// Reads the polarity events of an AEDAT 3.1 file; other packets and invalid events are skipped.
  ///
  /// - Throws: ``FormatError`` for another format or a file that was cut.
  public static func events(fromAEDAT bytes: [UInt8]) throws -> [CameraEvent] {
    guard bytes.starts(with: Array("#!AER-DAT3.1".utf8)),
      var place = bytes.firstIndex(after: Array(headerEnd.utf8))
    else {
      throw FormatError(
        problem: "this is not an AEDAT 3.1 file", remedy: "Convert it to AEDAT 3.1, or to text.")
    }
    var events: [CameraEvent] = []
    while place < bytes.count {
      guard let header = Packet(bytes, at: place) else {
        throw FormatError(
          problem: "the packet at byte \(place) is cut or damaged",
          remedy: "Copy the file again from where it was recorded.")
      }
      if header.isPolarity {
        for index in 0..<header.count {
          let start = place + packetHeaderSize + index * eventSize
          let address = bytes.word(at: start)
          guard address & 1 == 1 else { continue }
          let time = Int64(bytes.word(at: start + 4) & 0x7fff_ffff) | header.overflow << 31
          events.append(
            CameraEvent(
              time: time, x: UInt16(address >> 17), y: UInt16(address >> 2 & 0x7fff),
              isOn: address & 2 != 0))
        }
      }
      place = header.end
    }
    return events
  }

  /// The header of a whole packet whose numbers make sense.
  private struct Packet {
    let isPolarity: Bool
    let count: Int
    let overflow: Int64
    let end: Int

    init?(_ bytes: [UInt8], at place: Int) {
      guard place + packetHeaderSize <= bytes.count else { return nil }
      let size = Int(bytes.word(at: place + 4))
      let capacity = Int(bytes.word(at: place + 16))
      count = Int(bytes.word(at: place + 20))
      overflow = Int64(bytes.word(at: place + 12))
      isPolarity = bytes.word(at: place) & 0xffff == 1
      let (content, isTooLong) = capacity.multipliedReportingOverflow(by: size)
      guard overflow < 1 << 31, count <= capacity, !isPolarity || size == eventSize, !isTooLong,
        content <= bytes.count - place - packetHeaderSize
      else { return nil }
      end = place + packetHeaderSize + content
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append<Number: FixedWidthInteger>(_ value: Number, as type: Number.Type)
  {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate func word(at place: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(self[place + $1]) << (8 * UInt32($1)) }
  }

  /// The place behind the first occurrence of `pattern`.
  fileprivate func firstIndex(after pattern: [UInt8]) -> Int? {
    guard count >= pattern.count else { return nil }
    return (0...count - pattern.count).first { place in
      pattern.indices.allSatisfy { self[place + $0] == pattern[$0] }
    }.map { $0 + pattern.count }
  }
}
