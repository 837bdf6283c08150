import Agents
import Experiments
import Foundation
import Testing
import TestSupport

@Suite struct EventFileTests {
  /// The records of `Fixtures/tensorboard/generate.py`, a second apart.
  private static let records: [(step: Int, scalars: [(tag: String, value: Double)])] = [
    (0, [("return", 0.5)]),
    (128, [("loss/value", -1.5e-7), ("grad norm µ", 3)]),
    (1 << 40, [("zero", 0), ("nan", .nan), ("inf", .infinity)]),
    (5, [(String(repeating: "x", count: 300), 1e30)]),
  ]
  /// When the fixture begins.
  private static let start = 1_700_000_000.25
  private static let fixture = Fixture.path("tensorboard/scalars.tfevents")

  /// What a run adds to its file, without the speed, which is no part of the fixture.
  private static func encoded(
    _ scalars: [(tag: String, value: Double)], step: Int, date: Double
  ) -> [UInt8] {
    var progress = TrainingProgress()
    progress.environmentSteps = step
    return TensorBoardRecorder().encode(
      MetricRow(progress: progress, metrics: scalars.map { Metric($0.tag, $0.value) }),
      timing: Timing(date: date, seconds: 1, stepsPerSecond: .nan))
  }

  /// The header and the records of the fixture as runs write them.
  private static var written: [[UInt8]] {
    [TensorBoardRecorder().header(date: start)]
      + records.enumerated().map { index, record in
        encoded(record.scalars, step: record.step, date: start + Double(index + 1))
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

  /// But for a number that is none: runs leave it out.
  @Test func bytesAreThoseOfTensorBoard() throws {
    let bytes = try Fixture.bytes(Self.fixture)
    let expected = try TFRecord.payloads(in: bytes).map { TFRecord.framed($0) }
    #expect(expected.flatMap { $0 } == bytes)
    let written = Self.written
    try #require(written.count == expected.count)
    for index in [0, 1, 2, 4] { #expect(written[index] == expected[index], "record \(index)") }
    try Fixture.withFolder { folder in
      let path = folder + "/nan.tfevents"
      try Data(written[3]).write(to: URL(fileURLWithPath: path))
      #expect(try EventFile.scalars(in: path).map(\.tag) == ["zero", "inf"])
    }
  }

  @Test func readsWhatTensorBoardWrote() throws {
    let scalars = try EventFile.scalars(in: Self.fixture)
    #expect(scalars.count == 7)
    #expect(scalars[0] == .init(wallTime: 1_700_000_001.25, step: 0, tag: "return", value: 0.5))
    #expect(scalars[2].tag == "grad norm µ")
    #expect(scalars[4].value.isNaN)
    #expect(scalars[6].step == 5)
  }

  /// What a run leaves for TensorBoard are its metrics, each iteration once, also where it was stopped and a
  /// part of a record came after its checkpoint.
  @Test func aResumedRunLeavesItsMetrics() throws {
    let scratch = try Scratch()
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    try run.run(limit: 9)
    let path = scratch["run/" + TensorBoardRecorder().fileName]
    let half = Self.written[1].dropLast(3)
    try Data(Fixture.bytes(path) + half).write(to: URL(fileURLWithPath: path))
    try run.run()
    let scalars = try EventFile.scalars(in: path)
    let rows = try MetricsRecorder.rows(in: run.directory.metricsPath)
    #expect(rows.count == 20)
    let expected = rows.flatMap { row in
      row.metrics.filter { !$0.value.isNaN }.map {
        "\(row.progress.environmentSteps) \($0.name) \(Float($0.value))"
      }
    }
    let speed = "speed/stepsPerSecond"
    let metrics = scalars.filter { $0.tag != speed }
    #expect(metrics.map { "\($0.step) \($0.tag) \($0.value)" } == expected)
    #expect(scalars.count { $0.tag == speed } == rows.count)
  }

  @Test func filesThatCannotBeReadSaySo() throws {
    #expect(throws: EventFileError(path: "/no/file", reason: "No such file or directory")) {
      try EventFile.scalars(in: "/no/file")
    }
    try Fixture.withFolder { folder in
      let path = folder + "/damaged.tfevents"
      var bytes = try Fixture.bytes(Self.fixture)
      bytes[bytes.count - 1] ^= 1
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let last = bytes.count - Self.written[4].count
      #expect(throws: EventFileError(path: path, reason: "is damaged at byte \(last)")) {
        try EventFile.scalars(in: path)
      }
    }
  }

  /// Every byte of a file flipped, and every length cut: an error or fewer records, never a trap.
  @Test func damageIsNoticed() throws {
    let bytes = try Fixture.bytes(Self.fixture)
    #expect(try TFRecord.payloads(in: bytes).count == 5)
    for i in bytes.indices {
      var damaged = bytes
      damaged[i] ^= 0x10
      #expect(throws: TFRecord.Corruption.self) { try TFRecord.payloads(in: damaged) }
      #expect(try TFRecord.payloads(in: Array(bytes[..<i])).count < 5)
    }
    // A length of 2⁶⁴ − 1 with a sound checksum of its own.
    let length = [UInt8](repeating: 0xFF, count: 8)
    let checksum = withUnsafeBytes(of: CRC32C.masked(length).littleEndian, Array.init)
    #expect(try TFRecord.payloads(in: length + checksum + [0, 0, 0, 0, 0]).isEmpty)
  }

  /// More than is read at a time.
  @Test func readsManyRecords() throws {
    try Fixture.withFolder { folder in
      let path = folder + "/many.tfevents"
      var bytes = TensorBoardRecorder().header(date: 1)
      for step in 0..<5000 {
        bytes += Self.encoded([("a", Double(step)), ("b", -1)], step: step, date: 1)
      }
      #expect(bytes.count > 1 << 17)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let scalars = try EventFile.scalars(in: path)
      #expect(scalars.count == 10_000)
      #expect(scalars[9998].value == 4999)
    }
  }
}
