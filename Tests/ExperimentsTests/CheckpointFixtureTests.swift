import Agents
import Configuration
import Experiments
import Foundation
import Tensor
import Testing
import TestSupport

/// Checkpoints that earlier versions wrote are read, give the same agents, and go on.
///
/// `Tests/Fixtures/checkpoints/generate` made them. Numbers are compared up to the rounding of other
/// processors; that they are the same to the bit on one machine is the matter of other tests.
@Suite struct CheckpointFixtureTests {
  /// The runs of a format, with agents of all kinds.
  static func runs(ofFormat format: Int) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: Fixture.path("checkpoints/v\(format)"))
    return (names ?? []).sorted().map { "v\(format)/\($0)" }
  }

  /// The runs of all formats.
  static let runs = CheckpointManifest.readFormats.flatMap { runs(ofFormat: $0) }
  /// The runs of the format that this version writes.
  static let presentRuns = runs(ofFormat: CheckpointManifest.currentFormat)

  private static func experiment(_ run: RunDirectory, _ changes: Override...) throws
    -> ResolvedExperiment
  {
    let json = try changes.reduce(run.storedExperiment()) { try $0.applying($1) }
    return try ResolvedExperiment(json: json, library: .standard)
  }

  /// A new format, or a new agent, needs runs of its own here: `generate v2`.
  @Test func everyAgentHasARunOfThePresentFormat() {
    let names = SmallExperiment.names.map { "v\(CheckpointManifest.currentFormat)/\($0)" }
    #expect(Self.presentRuns == names)
  }

  @Test(arguments: runs) func evaluatesAsEver(name: String) throws {
    let run = RunDirectory(Fixture.path("checkpoints/" + name))
    let evaluation = try Evaluation(
      Self.experiment(run), in: run, checkpoint: .latest, threads: 1)
    let expected = try JSONValue(parsing: Fixture.bytes(run.path + "/expected.json"))
    let differences = try evaluation.json.differences(
      from: expected.setting("run", to: .string(run.path)), tolerance: 1e-4)
    #expect(differences == [])
  }

  /// The further training is that of the day when its rows were written. Only what it takes may change: how a product
  /// is computed is chosen by cost.
  @Test(arguments: runs) func goesOnAsEver(name: String) throws {
    let scratch = try Scratch()
    try FileManager.default.copyItem(
      atPath: Fixture.path("checkpoints/" + name), toPath: scratch["run"])
    let run = RunDirectory(scratch["run"])
    let before = try #require(try run.checkpoints.find(.latest))
    let continuation = try JSONValue(parsing: Fixture.bytes(run.path + "/continuation.json"))
    guard case .string(let text)? = continuation["change"],
      case .array(let rows)? = continuation["rows"]
    else { return #expect(Bool(false), "continuation.json is incomplete") }
    let change = try Override(text)
    var options = SessionOptions()
    options.allowedChanges = [change.path]
    let session = try Session(Self.experiment(run, change), in: run, options: options)
    guard case .finished(let summary) = try session.run() else {
      return #expect(Bool(false), "the run should end")
    }
    #expect(summary.progress.iterations == before + rows.count && !rows.isEmpty)
    let lines = try Fixture.bytes(run.metricsPath).split(separator: UInt8(ascii: "\n"))
    try #require(lines.count == before + rows.count)
    for (line, row) in zip(lines.dropFirst(before), rows) {
      let differences = try JSONValue(parsing: Array(line)).differences(from: row, tolerance: 1e-4)
      let isCost = { (difference: String) in
        difference.hasPrefix("/operations/") && !difference.contains("/dense")
      }
      #expect(differences.filter { !isCost($0) } == [])
    }
  }

  /// Names, shapes, types and bits: whoever changes what is stored makes a new format, or notices here.
  @Test(arguments: presentRuns) func whatWasReadIsStoredAgain(name: String) throws {
    let run = RunDirectory(Fixture.path("checkpoints/" + name))
    let checkpoint = try run.checkpoints.read(#require(try run.checkpoints.find(.latest)))
    let trainer = try ResolvedExperiment(json: checkpoint.experiment, library: .standard)
      .makeTrainer(threads: 2)
    try trainer.restore(from: checkpoint.archive)
    var archive = Archive()
    try trainer.save(into: &archive)
    for section in Archive.Section.allCases {
      for (name, tensor) in checkpoint.archive.tensors[section] ?? [:] {
        let stored = archive.tensors[section]?[name]
        #expect(stored == tensor, "\(section) \(name)")
      }
    }
    for (name, bytes) in checkpoint.archive.values {
      let stored = try JSONValue(parsing: archive.encoded(name))
      #expect(try stored.differences(from: JSONValue(parsing: bytes)) == [], "\(name)")
    }
  }
}

extension JSONValue {
  /// The places where this value is not as `expected`. Members that `expected` lacks may be there. Numbers
  /// differ when they are spelled differently and, by `tolerance`, relatively to the greater of 0.1 and the
  /// expected one.
  fileprivate func differences(
    from expected: JSONValue, tolerance: Double = 0, at place: String = ""
  ) -> [String] {
    switch (self, expected) {
    case (.object, .object(let members)):
      return members.flatMap { member in
        let path = "\(place)/\(member.key)"
        return self[member.key]?.differences(from: member.value, tolerance: tolerance, at: path)
          ?? ["\(path) is missing"]
      }
    case (.array(let elements), .array(let others)) where elements.count == others.count:
      return zip(elements, others).enumerated().flatMap { index, pair in
        pair.0.differences(from: pair.1, tolerance: tolerance, at: "\(place)/\(index)")
      }
    case (.number(let text), .number(let other)) where text != other:
      let (found, wanted) = (Double(text) ?? .nan, Double(other) ?? .nan)
      let isNear = abs(found - wanted) <= tolerance * max(abs(wanted), 0.1)
      return isNear && tolerance > 0 ? [] : ["\(place) is \(text), not \(other)"]
    default:
      return self == expected ? [] : ["\(place) is \(compact), not \(expected.compact)"]
    }
  }
}
