import Configuration
import Foundation
import Sequences
import TestSupport
import Testing

/// Recordings in the format of N-MNIST.
@Suite struct EventTests {
  private let scratch: Scratch

  /// An event as 40 bits.
  private static func event(x: Int, y: Int, on: Bool, time: Int) -> [UInt8] {
    [
      UInt8(x), UInt8(y), (on ? 0x80 : 0) | UInt8(time >> 16), UInt8(time >> 8 & 0xFF),
      UInt8(time & 0xFF),
    ]
  }

  /// Recording n is of digit n % 10 and has an event at (n, 2 n) after n · 7 ms, and one later.
  private static func recording(_ number: Int) -> [UInt8] {
    event(x: number, y: 2 * number, on: number % 2 == 0, time: number * 7000)
      + event(x: 33, y: 33, on: true, time: 70_000) + event(x: 33, y: 33, on: true, time: 79_999)
      + event(x: 0, y: 0, on: true, time: 0x7F_FFFF)
  }

  init() throws {
    scratch = try Scratch()
    for (folder, count) in [("Train", 8), ("Test", 3)] {
      for number in 0..<count { try write(Self.recording(number), folder, number) }
    }
  }

  private func write(_ bytes: [UInt8], _ folder: String, _ number: Int) throws {
    let directory = scratch["\(folder)/\(number % 10)"]
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let name = String(format: "%05d.bin", number)
    try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
  }

  private func task(_ options: String = "") throws -> any SequenceTask {
    try namedTask(
      #"{"name": "n-mnist", "data": "\#(scratch.path)", "steps": 8,"#
        + #" "examples": {"validation": 2}\#(options)}"#)
  }

  @Test func readsEvents() throws {
    let examples = Examples(try task(), count: 2, split: .validation)
    #expect(examples.task.specification.inputWidth == 2 * 34 * 34)
    #expect(
      examples.task.specification.examples == ExampleCounts(training: 6, validation: 2, test: 3))
    for example in 0..<2 {
      let number = 6 + example
      let channel = (number % 2 == 0 ? 1156 : 0) + 2 * number * 34 + number
      for step in 0..<8 {
        let active = (0..<2312).filter { examples.batch[example].input(step)[$0] > 0 }
        var expected = step == number * 7 / 10 ? [channel] : []
        if step == 7 { expected.append(2311) }
        #expect(active == expected)
        #expect(examples.targets(example)[step] == Float(number))
      }
      #expect(examples.answers(example) == Array(0..<8))
    }
  }

  @Test func countsAndMergesWhereAskedFor() throws {
    let task = try task(#", "countsEvents": true, "separatesPolarities": false"#)
    let examples = Examples(task, count: 1)
    #expect(task.specification.inputWidth == 34 * 34)
    #expect(examples.inputs(0, column: 1155)[7] == 2)
    #expect(examples.inputs(0, column: 0)[0] == 1)
  }

  @Test(arguments: [
    ([UInt8](), "0 bytes"), ([0, 0, 0, 0], "4 bytes"), ([1, 34, 0, 0, 0], "outside"),
    ([34, 1, 0, 0, 0], "outside"),
  ])
  func hostileRecordings(bytes: [UInt8], problem: String) throws {
    try write(bytes, "Train", 3)
    let error = try #require(throws: DataSetError.self) { try task() }
    #expect(error.kind == .damaged && error.problem.contains(problem), "\(error)")
    #expect(error.problem.contains("Train/3/00003.bin"))
  }

  @Test func missingDirectories() throws {
    try FileManager.default.removeItem(atPath: scratch["Test"])
    let error = try #require(throws: DataSetError.self) { try task() }
    #expect(error.kind == .missing && error.problem.contains("Test"))
  }
}
