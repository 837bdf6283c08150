import Agents
import Configuration
import Experiments
import Foundation
import Tensor
import Testing
import TestSupport

/// What may befall the files of a run, for every agent: a failure that says so or the right recovery, and
/// nothing on the disk harmed.
@Suite struct DamagedRunTests {
  private let scratch: Scratch
  private var run: RunDirectory { RunDirectory(scratch["run"]) }

  init() throws { scratch = try Scratch() }

  private static func stored(_ name: String) throws -> (path: String, checkpoint: Checkpoint) {
    let store = RunDirectory(Fixture.path("checkpoints/" + name)).checkpoints
    let iteration = try #require(try store.find(.latest))
    return (store.path(of: iteration), try store.read(iteration))
  }

  /// The run of an agent that comes after this one.
  private static func another(than name: String) throws -> String {
    let runs = CheckpointFixtureTests.presentRuns
    let index = try #require(runs.firstIndex(of: name))
    return runs[(index + 1) % runs.count]
  }

  private func copy(_ name: String) throws {
    try FileManager.default.copyItem(
      atPath: Fixture.path("checkpoints/" + name), toPath: run.path)
    try scratch.write("", to: "run/.lock")
  }

  private func experiment() throws -> ResolvedExperiment {
    try ResolvedExperiment(json: run.storedExperiment(), library: .standard)
  }

  /// Neither going on nor testing works, and trying it changes nothing.
  private func expectRefusal(_ status: ExitReason, _ what: Comment) throws {
    let before = try scratch.snapshot(of: "run")
    let experiment = try experiment()
    let resumed = #expect(throws: Failure.self, what) {
      try Session(experiment, in: run, options: SessionOptions())
    }
    let tested = #expect(throws: Failure.self, what) {
      try Evaluation(experiment, in: run, checkpoint: .latest, threads: 1)
    }
    #expect(resumed?.status == status && tested?.status == status, what)
    #expect(try scratch.snapshot(of: "run") == before, what)
  }

  @Test(arguments: CheckpointFixtureTests.presentRuns)
  func damagedCheckpointsAreRefused(name: String) throws {
    try copy(name)
    let iteration = try #require(try run.checkpoints.find(.latest))
    let directory = "run/checkpoints/" + CheckpointStore.name(of: iteration)
    var random = (RandomKey(seed: 0) / "damage" / name).stream()
    for file in try FileManager.default.contentsOfDirectory(atPath: scratch[directory]).sorted() {
      let path = directory + "/" + file
      let bytes = try #require(scratch.bytes(path))
      for _ in 0..<2 {
        // Without its last line break a manifest is still whole.
        let length = random.integer(below: bytes.count - 1)
        try Data(bytes[..<length]).write(to: URL(fileURLWithPath: scratch[path]))
        try expectRefusal(.checkpoint, "\(file) cut to \(length) bytes")
        var flipped = bytes
        let place = random.integer(below: bytes.count)
        // A bit that turns no white space into other white space.
        flipped[place] ^= 1
        try Data(flipped).write(to: URL(fileURLWithPath: scratch[path]))
        try expectRefusal(.checkpoint, "\(file) with another byte \(place)")
      }
      // What comes last stays damaged, for the program to see.
      if file != "weights.safetensors" {
        try Data(bytes).write(to: URL(fileURLWithPath: scratch[path]))
      }
    }
    for verb in ["resume", "eval"] {
      let result = try Tool.metarl.run([verb, "run"], in: scratch.path)
      #expect(result.status == ExitReason.checkpoint.rawValue, "\(result.errors)")
      #expect(result.errors.hasPrefix("error: the checkpoint \(directory) is damaged: weights."))
      #expect(result.errors.contains("\n  There is no other checkpoint; start the run anew"))
    }
  }

  @Test(arguments: CheckpointFixtureTests.presentRuns)
  func checkpointsOfOtherAgentsAreRefused(name: String) throws {
    try copy(name)
    let own = try Self.stored(name)
    let other = try Self.stored(Self.another(than: name))
    let store = run.checkpoints
    let manager = FileManager.default
    try manager.removeItem(atPath: store.path(of: own.checkpoint.manifest.progress.iterations))
    let place = store.path(of: other.checkpoint.manifest.progress.iterations)
    try manager.copyItem(atPath: other.path, toPath: place)
    try expectRefusal(.changedExperiment, "with its own cover")
    try manager.removeItem(atPath: place)
    try store.write(
      other.checkpoint.archive, manifest: own.checkpoint.manifest,
      experiment: own.checkpoint.experiment)
    try expectRefusal(.checkpoint, "under the cover of \(name)")
  }

  /// Under a manifest that fits, every part is looked at before it is used.
  @Test(arguments: CheckpointFixtureTests.presentRuns)
  func missingAndUnfittingPartsAreRefused(name: String) throws {
    let checkpoint = try Self.stored(name).checkpoint
    let archive = checkpoint.archive
    let trainer = try ResolvedExperiment(json: checkpoint.experiment, library: .standard)
      .makeTrainer(threads: 1)
    func expectRefusal(_ archive: Archive, _ what: Comment) {
      #expect(throws: ArchiveError.self, what) { try trainer.restore(from: archive) }
    }
    for (section, tensors) in archive.tensors {
      for (name, tensor) in tensors where !tensor.bytes.isEmpty {
        let type: ArchivedTensor.ScalarType = tensor.type == .int32 ? .int64 : .int32
        let zeros = Array(
          repeating: UInt8(0), count: tensor.bytes.count / tensor.type.size * type.size)
        let empty = ArchivedTensor(type: tensor.type, shape: [0], bytes: [])
        let others = [
          nil, empty, ArchivedTensor(type: type, shape: tensor.shape, bytes: zeros),
        ]
        for other in others {
          let what: Comment = "\(name) of \(section), \(String(describing: other?.type))"
          expectRefusal(archive.replacing(name, of: section, by: other), what)
        }
      }
    }
    for (name, bytes) in archive.values {
      expectRefusal(archive.replacing(name, by: nil), "without \(name)")
      let value = try JSONValue(parsing: bytes)
      for wrong in value.variants(with: .object([.init("wrong", .bool(true))])) {
        expectRefusal(
          archive.replacing(name, by: Array(wrong.compact.utf8)), "\(name): \(wrong.compact)")
      }
      // Numbers that no training leaves are refused or taken; they do not end the process.
      for number in ["-1", "9223372036854775807", "1e300"] {
        for wild in value.variants(with: .number(number)) {
          try? trainer.restore(from: archive.replacing(name, by: Array(wild.compact.utf8)))
        }
      }
    }
    try trainer.restore(from: archive)
    var again = Archive()
    try trainer.save(into: &again)
    #expect(again.tensors == archive.tensors)
  }

  /// A killed process, or a disk without room, may leave logs that go on beyond the checkpoint and end in the
  /// middle of a line.
  @Test(arguments: CheckpointFixtureTests.presentRuns)
  func halfWrittenLogsAreCutBack(name: String) throws {
    try copy(name)
    let logs = ["metrics.jsonl", "timings.jsonl", "events.out.tfevents.metarl"]
    let whole = try logs.map { try #require(scratch.bytes("run/" + $0)) }
    for (log, bytes) in zip(logs, whole) {
      try Data(bytes + bytes[..<(bytes.count * 3 / 5)])
        .write(to: URL(fileURLWithPath: scratch["run/" + log]))
    }
    // What is whole can be looked at.
    let report = try Tool.metarl.run(["report", "run"], in: scratch.path)
    #expect(report.status == 0, "\(report.errors)")
    let metrics = RunDirectory(scratch["run"]).metricsPath
    let rows = try MetricsRecorder.rows(in: metrics)
    #expect(rows.count == whole[0].count { $0 == UInt8(ascii: "\n") } * 8 / 5)
    try Data(whole[0] + Array("no row\n".utf8)).write(to: URL(fileURLWithPath: metrics))
    let refused = try Tool.metarl.run(["report", "run"], in: scratch.path)
    #expect(refused.status == ExitReason.inputOutput.rawValue)
    let last = try #require(run.checkpoints.iterations.last)
    #expect(
      refused.errors.contains(
        " is not a row of metrics\n  Cut the file back to the checkpoint before it with: "
          + "metarl resume run --from \(last)\n"), "\(refused.errors)")
    let resumed = try Tool.metarl.run(
      ["resume", "run", "--from", "\(last)", "--quiet"], in: scratch.path)
    #expect(resumed.status == 0, "\(resumed.errors)")
    for (log, bytes) in zip(logs, whole) { #expect(scratch.bytes("run/" + log) == bytes) }
  }
}

extension Archive {
  /// The same but for one tensor, which is left out where `tensor` is nil.
  fileprivate func replacing(
    _ name: String, of section: Section, by tensor: ArchivedTensor?
  ) -> Archive {
    var copy = Archive()
    for (place, tensors) in tensors {
      for (other, value) in tensors {
        let isReplaced = place == section && other == name
        if let stored = isReplaced ? tensor : value { copy.store(stored, other, in: place) }
      }
    }
    for (other, json) in values { copy.storeEncoded(json, other) }
    return copy
  }

  /// The same but for one value, which is left out where `json` is nil.
  fileprivate func replacing(_ name: String, by json: [UInt8]?) -> Archive {
    var copy = Archive()
    for (section, tensors) in tensors {
      for (other, tensor) in tensors { copy.store(tensor, other, in: section) }
    }
    for (other, value) in values {
      if let stored = other == name ? json : value { copy.storeEncoded(stored, other) }
    }
    return copy
  }
}

extension JSONValue {
  /// The values that differ from this one in a single leaf; of the elements of a list, in the first.
  fileprivate func variants(with leaf: JSONValue) -> [JSONValue] {
    switch self {
    case .object(let members):
      members.indices.flatMap { index in
        members[index].value.variants(with: leaf).map { variant in
          var members = members
          members[index].value = variant
          return .object(members)
        }
      }
    case .array(let elements) where !elements.isEmpty:
      elements[0].variants(with: leaf).map { .array([$0] + elements.dropFirst()) }
    default: [leaf]
    }
  }
}
