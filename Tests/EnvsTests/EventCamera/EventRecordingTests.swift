import Envs
import Foundation
import Testing

@Suite struct EventRecordingTests {
  /// The events of `Tests/Fixtures/events/generate.py`.
  private static let events: [CameraEvent] = (0..<5000).map { (i: Int) -> CameraEvent in
    let time = 2_147_183_648 + 131 * i + i % 7
    return CameraEvent(
      time: Int64(time), x: UInt16(37 * i % 346), y: UInt16(91 * i % 260), isOn: i * i % 3 == 1)
  }

  private static func fixture(_ name: String) throws -> [UInt8] {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: directory.appending(path: "Fixtures/events/" + name)))
  }

  @Test func readsWhatOthersWrote() throws {
    let text = String(decoding: try Self.fixture("events.txt"), as: UTF8.self)
    #expect(try EventRecording.events(fromText: text) == Self.events)
    #expect(try EventRecording.events(fromAEDAT: Self.fixture("events.aedat")) == Self.events)
  }

  @Test func writesWhatOthersWrite() throws {
    let text = String(decoding: try Self.fixture("events.txt"), as: UTF8.self)
    #expect(EventRecording.text(Self.events) == text)
    let bytes = EventRecording.aedat(Self.events)
    #expect(try EventRecording.events(fromAEDAT: bytes) == Self.events)
    #expect(EventRecording.aedat([]).starts(with: Array("#!AER-DAT3.1\r\n".utf8)))
    #expect(try EventRecording.events(fromAEDAT: EventRecording.aedat([])).isEmpty)
  }

  @Test func textMayHaveCommentsAndBlankLines() throws {
    let text = "# t x y p\n\n0.5 1 2 1\r\n-0.25 3 4 0\n1 5 6 -1"
    #expect(
      try EventRecording.events(fromText: text) == [
        CameraEvent(time: 500_000, x: 1, y: 2, isOn: true),
        CameraEvent(time: -250_000, x: 3, y: 4, isOn: false),
        CameraEvent(time: 1_000_000, x: 5, y: 6, isOn: false),
      ])
    #expect(
      EventRecording.text([CameraEvent(time: -250_000, x: 3, y: 4, isOn: false)])
        == "-0.250000 3 4 0\n")
  }

  @Test(arguments: [
    "0.5 1 2", "0.5 1 2 2", "a 1 2 1", "0.5 -1 2 1", "0.5 1 70000 1", "nan 1 2 1", "1e300 1 2 1",
    "0.5 1 2 1 9",
  ])
  func badLinesAreNamed(line: String) {
    let error = #expect(throws: EventRecording.FormatError.self) {
      try EventRecording.events(fromText: "0.1 1 1 1\n" + line)
    }
    #expect(error?.problem.hasPrefix("line 2 is not an event") == true)
  }

  /// A file that was cut anywhere, or changed, gives an error or fewer events, never a crash.
  @Test func damagedFilesAreRefused() throws {
    let whole = EventRecording.aedat(Self.events.prefix(50))
    let start = whole.count - 28 - 50 * 8
    for length in 0..<whole.count where length != start {
      #expect(throws: EventRecording.FormatError.self) {
        try EventRecording.events(fromAEDAT: Array(whole.prefix(length)))
      }
    }
    for place in start..<start + 28 {
      for value in [0xff, 0x80, 0x01] as [UInt8] {
        var changed = whole
        changed[place] ^= value
        _ = try? EventRecording.events(fromAEDAT: changed)
      }
    }
  }

  /// The length of a packet of another kind is the product of two numbers of the file.
  @Test func impossibleLengthsAreRefused() {
    var bytes = EventRecording.aedat([])
    let start = bytes.count
    bytes += Array(repeating: UInt8(0), count: 28)
    bytes[start] = 2  // a frame
    for field in [4, 16] {
      for place in start + field..<start + field + 4 { bytes[place] = 0xff }
    }
    #expect(throws: EventRecording.FormatError.self) {
      try EventRecording.events(fromAEDAT: bytes)
    }
  }
}
