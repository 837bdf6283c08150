import Tensor
import Testing

@Suite struct ArchiveTests {
  struct Note: Codable, Equatable {
    var text: String
    var numbers: [Double]
  }

  @Test func tensorsKeepEveryBit() throws {
    var archive = Archive()
    let floats: [Float] = [0, -0.0, .nan, .infinity, .leastNonzeroMagnitude, 1 / 3]
    archive.store(ArchivedTensor(floats, shape: [2, 3]), "f", in: .state)
    archive.store(ArchivedTensor([1.0 / 3, -.infinity] as [Double]), "d", in: .weights)
    archive.store(ArchivedTensor([Int64.min, .max]), "i", in: .optimizer)
    let read = try archive.floats("f", count: 6, in: .state)
    #expect(read.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(try archive.tensor("f", in: .state).shape == [2, 3])
    #expect(try archive.tensor("d", in: .weights).doubles == [1.0 / 3, -.infinity])
    #expect(try archive.tensor("i", in: .optimizer).integers == [Int64.min, .max])
    #expect(try archive.tensor("i", in: .optimizer).floats == nil)
  }

  @Test func valuesSurviveTheirEncoding() throws {
    var archive = Archive()
    let note = Note(text: "é \"x\"", numbers: [0.1, .nan, .infinity, -.infinity, 0x1p-1060])
    var stream = (RandomKey(seed: .max) / "x").stream()
    for _ in 0..<7 { _ = stream.next32() }
    try archive.store(note, "note")
    try archive.store(stream, "stream")
    let read: Note = try archive.value("note")
    #expect(read.text == note.text)
    #expect(read.numbers.map(\.bitPattern) == note.numbers.map(\.bitPattern))
    var restored: RandomStream = try archive.value("stream")
    #expect((0..<9).map { _ in restored.next32() } == (0..<9).map { _ in stream.next32() })
  }

  /// A member that was added to a type after a value of it was stored has its initial value, also
  /// deeper down; whatever was stored wins.
  @Test func membersAddedLaterHaveTheirInitialValues() throws {
    struct Older: Codable {
      struct Inner: Codable { var a = 1 }
      var inner = Inner()
      var count = 2
      var ratio = 0.1 + 0.2
    }
    struct Newer: Codable, Equatable {
      struct Inner: Codable, Equatable { var (a, b) = (0, 5) }
      var inner = Inner()
      var count = 0
      var ratio = 0.0
      var failures = 7
      var list: [Int] = [8]
      var note: String?
    }
    var archive = Archive()
    try archive.store(Older(), "value")
    var expected = Newer()
    (expected.inner.a, expected.count, expected.ratio) = (1, 2, 0.1 + 0.2)
    #expect(try archive.value("value", completedBy: Newer()) == expected)
    #expect(throws: ArchiveError.self) { try archive.value("value", as: Newer.self) }
    #expect(throws: ArchiveError.self) { try archive.value("other", completedBy: Newer()) }
    archive.storeEncoded(Array("[1, 2".utf8), "broken")
    #expect(throws: ArchiveError.self) { try archive.value("broken", completedBy: Newer()) }

    var other = Newer()
    (other.failures, other.list, other.inner.b) = (1, [], 9)
    try archive.store(other, "other")
    #expect(try archive.value("other", completedBy: Newer()) == other)
  }

  @Test func whatDoesNotFitIsNamed() throws {
    var archive = Archive()
    archive.store(ArchivedTensor([1, 2, 3] as [Float]), "f", in: .state)
    try archive.store("text", "value")
    func error(_ body: () throws -> Void) -> ArchiveError? {
      #expect(throws: ArchiveError.self) { try body() }
    }
    #expect(error { _ = try archive.floats("f", count: 4, in: .state) }?.name == "f")
    #expect(error { _ = try archive.floats("f", count: 3, in: .weights) }?.name == "f")
    #expect(error { _ = try archive.tensor("g", in: .state) }?.name == "g")
    #expect(error { _ = try archive.encoded("f") }?.name == "f")
    #expect(error { _ = try archive.value("value", as: Int.self) }?.name == "value")
  }
}
