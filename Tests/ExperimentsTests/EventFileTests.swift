import Experiments
import Foundation
import Testing

@Suite struct EventFileTests {
  /// The records of `Fixtures/tensorboard/generate.py`, a second apart.
  private static let records: [(step: Int, scalars: [(tag: String, value: Double)])] = [
    (0, [("return", 0.5)]),
    (128, [("loss/value", -1.5e-7), ("grad norm µ", 3)]),
    (1 << 40, [("zero", 0), ("nan", .nan), ("inf", .infinity)]),
    (5, [(String(repeating: "x", count: 300), 1e30)]),
  ]

  /// A clock that starts where the fixture does and goes on by a second a look.
  private static func clock(from start: Double = 1_700_000_000.25) -> () -> Double {
    var next = start - 1
    return {
      next += 1
      return next
    }
  }

  @Test func checksumsMatchPublishedAnswers() {
    // RFC 3720, B.4
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(0..<32) == 0x46DD_794E)
    #expect(CRC32C.checksum((0..<32).reversed()) == 0x113F_DB5C)
    #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
    #expect(CRC32C.checksum([]) == 0)
  }

  @Test func bytesAreThoseOfTensorBoard() throws {
    try Fixture.withFolder { folder in
      let path = EventFileWriter.path(in: folder, wallTime: 1_700_000_000)
      #expect(path.hasSuffix("/events.out.tfevents.1700000000.metarl"))
      let writer = try EventFileWriter(creating: path, wallTime: Self.clock())
      for record in Self.records { try writer.write(record.scalars, step: record.step) }
      try writer.close()
      let expected = try Fixture.bytes(Fixture.path("tensorboard/scalars.tfevents"))
      #expect(try Fixture.bytes(path) == expected)
      #expect(writer.position == expected.count)
      #expect(throws: EventFileError.self) { try writer.write([("a", 1)], step: 0) }
    }
  }

  @Test func readsWhatTensorBoardWrote() throws {
    let scalars = try EventFile.scalars(in: Fixture.path("tensorboard/scalars.tfevents"))
    #expect(scalars.count == 7)
    #expect(scalars[0] == .init(wallTime: 1_700_000_001.25, step: 0, tag: "return", value: 0.5))
    #expect(scalars[2].tag == "grad norm µ")
    #expect(scalars[4].value.isNaN)
    #expect(scalars[6].step == 5)
  }

  @Test func resumedFileEqualsUninterruptedOne() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/resumed.tfevents"
      var writer: EventFileWriter? = try EventFileWriter(creating: path, wallTime: Self.clock())
      try writer?.write(Self.records[0].scalars, step: Self.records[0].step)
      try writer?.flush()
      let position = try #require(writer?.position)
      try writer?.write([("lost", 1), ("lost too", 2)], step: 9)
      writer = nil  // what still waited in memory reaches the file, as before a kill
      let handle = try #require(FileHandle(forWritingAtPath: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data([1, 2, 3]))
      try handle.close()

      let resumed = try EventFileWriter(
        continuing: path, at: position, wallTime: Self.clock(from: 1_700_000_002.25))
      for record in Self.records.dropFirst() {
        try resumed.write(record.scalars, step: record.step)
      }
      try resumed.flush()
      let expected = try Fixture.bytes(Fixture.path("tensorboard/scalars.tfevents"))
      #expect(try Fixture.bytes(path) == expected)

      let end = resumed.position
      try resumed.write([("again", 1)], step: 1)
      try resumed.truncate(to: end)
      try resumed.flush()
      #expect(try Fixture.bytes(path) == expected)
      #expect(throws: EventFileError.self) { try resumed.truncate(to: end + 1) }
    }
  }

  @Test func impossiblePositionsAreRefused() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/a.tfevents"
      let bytes = try Fixture.bytes(Fixture.path("tensorboard/scalars.tfevents"))
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      for position in [-1, 1, 20, bytes.count - 1, bytes.count + 1] {
        #expect(throws: EventFileError.self) {
          _ = try EventFileWriter(continuing: path, at: position)
        }
      }
      #expect(try Fixture.bytes(path) == bytes)
      #expect(throws: EventFileError(path: "/no/file", reason: "No such file or directory")) {
        _ = try EventFileWriter(continuing: "/no/file", at: 0)
      }
      #expect(throws: EventFileError(path: "/no/file", reason: "No such file or directory")) {
        _ = try EventFileWriter(creating: "/no/file")
      }
    }
  }

  /// Every byte of a file flipped, and every length cut: an error or fewer records, never a trap.
  @Test func damageIsNoticed() throws {
    let bytes = try Fixture.bytes(Fixture.path("tensorboard/scalars.tfevents"))
    let whole = try TFRecord.payloads(in: bytes)
    #expect(whole.payloads.count == 5)
    #expect(whole.end == bytes.count)
    for i in bytes.indices {
      var damaged = bytes
      damaged[i] ^= 0x10
      #expect(throws: TFRecord.Corruption.self) { try TFRecord.payloads(in: damaged) }
      let cut = try TFRecord.payloads(in: Array(bytes[..<i]))
      #expect(cut.end <= i)
      #expect(cut.payloads.count < 5)
    }
    // A length of 2⁶⁴ − 1 with a sound checksum of its own.
    let length = [UInt8](repeating: 0xFF, count: 8)
    let checksum = withUnsafeBytes(of: CRC32C.masked(length).littleEndian, Array.init)
    let huge = try TFRecord.payloads(in: length + checksum + [0, 0, 0, 0, 0])
    #expect(huge.payloads.isEmpty)
  }

  @Test func manyRecordsPassTheBuffer() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/many.tfevents"
      let writer = try EventFileWriter(creating: path, wallTime: { 1 })
      for step in 0..<5000 { try writer.write([("a", Double(step)), ("b", -1)], step: step) }
      try writer.flush()
      let scalars = try EventFile.scalars(in: path)
      #expect(scalars.count == 10_000)
      #expect(scalars[9998].value == 4999)
      #expect(try Fixture.bytes(path).count == writer.position)
    }
  }
}
