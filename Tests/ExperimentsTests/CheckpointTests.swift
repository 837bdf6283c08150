import Agents
import Configuration
import Experiments
import Foundation
import Tensor
import Testing
import TestSupport

@Suite struct CheckpointTests {
  private let scratch: Scratch
  private let run: TestRun
  private var store: CheckpointStore { run.directory.checkpoints }

  init() throws {
    scratch = try Scratch()
    run = try TestRun(TestRun.json("agent.weights=3"), at: scratch["run"])
    try run.run(limit: 8)
  }

  static let files = [
    "manifest.json", "weights.safetensors", "optimizer.safetensors", "state.safetensors",
    "state.json", "experiment.json",
  ]

  @Test func holdsWhatTheManifestSays() throws {
    let checkpoint = try store.read(8)
    #expect(checkpoint.manifest.progress.iterations == 8)
    #expect(checkpoint.manifest.format == CheckpointManifest.currentFormat)
    #expect(checkpoint.manifest.machine.version == Machine.version)
    #expect(checkpoint.manifest.files.map(\.name).sorted() == Self.files.dropFirst().sorted())
    let metrics = try #require(scratch.bytes("run/metrics.jsonl"))
    #expect(
      checkpoint.manifest.logs.first { $0.name == "metrics.jsonl" }?.bytes == UInt64(metrics.count))
    #expect(try checkpoint.archive.floats("wanderer/weights", count: 3, in: .weights).count == 3)
    #expect(checkpoint.experiment == run.experiment.json)
    #expect(try store.find(.latest) == 8)
  }

  @Test(arguments: files) func everyTruncationIsNoticed(file: String) throws {
    let path = "run/checkpoints/00000008/" + file
    let bytes = try #require(scratch.bytes(path))
    let url = URL(fileURLWithPath: scratch[path])
    // The manifest ends in a line break, without which it is still whole.
    for length in 0..<(file == "manifest.json" ? bytes.count - 1 : bytes.count) {
      try Data(bytes[..<length]).write(to: url)
      let failure = try #require(throws: Failure.self) { try store.read(8) }
      #expect(failure.status == .checkpoint)
    }
    try FileManager.default.removeItem(at: url)
    let failure = try #require(throws: Failure.self) { try store.read(8) }
    #expect(failure.status == .checkpoint)
    #expect(failure.remedy.contains("--from 4"))
  }

  @Test(arguments: files) func everyFlippedBitIsNoticed(file: String) throws {
    let path = "run/checkpoints/00000008/" + file
    let bytes = try #require(scratch.bytes(path))
    let intact = try store.read(8).manifest
    for index in bytes.indices {
      var flipped = bytes
      flipped[index] ^= 1 << UInt8(index % 8)
      try Data(flipped).write(to: URL(fileURLWithPath: scratch[path]))
      do {
        // White space of the manifest may turn into other white space.
        #expect(try store.read(8).manifest == intact && file == "manifest.json")
      } catch let failure as Failure {
        #expect(failure.status == .checkpoint)
      }
    }
  }

  @Test func aDamagedCheckpointHarmsNothing() throws {
    let metrics = scratch.bytes("run/metrics.jsonl")
    try Data([1, 2, 3]).write(
      to: URL(fileURLWithPath: scratch["run/checkpoints/00000008/weights.safetensors"]))
    let failure = try #require(throws: Failure.self) { try run.run() }
    #expect(failure.status == .checkpoint)
    #expect(scratch.bytes("run/metrics.jsonl") == metrics)
    #expect(store.iterations == [4, 8])
    guard case .finished = try run.run(from: .iteration(4)) else {
      return #expect(Bool(false), "the earlier checkpoint should do")
    }
  }

  /// The one before it, and only where there is none one after it.
  @Test func anotherCheckpointIsProposed() throws {
    try run.run()
    for (iteration, remedy) in [
      (4, "Use another one: resume it with --from 8, "),
      (12, "Use an earlier one: resume it with --from 8, "),
      (20, "Use an earlier one: resume it with --from 16, "),
    ] {
      let name = CheckpointStore.name(of: iteration)
      try Data().write(to: URL(fileURLWithPath: scratch["run/checkpoints/\(name)/state.json"]))
      let failure = try #require(throws: Failure.self) { try store.read(iteration) }
      #expect(failure.remedy.hasPrefix(remedy), "\(failure)")
    }
  }

  /// A run at work removes what it does not keep, also between the choice of a checkpoint and its reading.
  @Test func aCheckpointThatWasRemovedMeanwhileIsLookedForAgain() throws {
    let removed = store.path(of: 8)
    var library = Library.test
    // The trainer is made in between.
    library.agents.register(
      .init("wanderer", "Sees a run go on.", options: WandererOptions.self) { options in
        AgentFactory(discount: options.discount) { context in
          try FileManager.default.removeItem(atPath: removed)
          return Wanderer(options, context: context)
        }
      })
    let experiment = try ResolvedExperiment(json: run.experiment.json, library: library)
    let agent = try StoredAgent(
      experiment, in: run.directory, checkpoint: .latest, threads: 1)
    #expect(agent.iteration == 4)
    #expect(agent.trainer.progress.iterations == 4)
  }

  @Test func aCheckpointOfAnotherExperimentIsRefused() throws {
    let other = try TestRun(TestRun.json("seed=5"), at: scratch["other"])
    try other.run(limit: 8)
    try FileManager.default.removeItem(atPath: scratch["run/checkpoints/00000008"])
    try FileManager.default.copyItem(
      atPath: scratch["other/checkpoints/00000008"], toPath: scratch["run/checkpoints/00000008"])
    let failure = try #require(throws: Failure.self) { try run.run() }
    #expect(failure.status == .changedExperiment)
    #expect(failure.problem.contains("seed = 5, not 0"))
  }

  @Test func aShortenedLogIsRefused() throws {
    try Data().write(to: URL(fileURLWithPath: scratch["run/metrics.jsonl"]))
    let failure = try #require(throws: Failure.self) { try run.run() }
    #expect(failure.status == .checkpoint)
    #expect(failure.problem.contains("metrics.jsonl has 0 bytes"))
  }

  @Test func leftoversOfAKilledProcessAreCleared() throws {
    let manager = FileManager.default
    let directory = scratch["run/checkpoints"]
    try manager.createDirectory(
      atPath: directory + "/.new-00000012", withIntermediateDirectories: false)
    // Died while replacing a checkpoint: the old one stands aside, the new one is not there yet.
    try manager.moveItem(
      atPath: directory + "/00000008", toPath: directory + "/00000008.replaced")
    try run.run()
    #expect(store.iterations == [4, 8, 12, 16, 20])
    let names = try manager.contentsOfDirectory(atPath: directory)
    #expect(names.sorted().suffix(2) == ["best", "latest"])
    #expect(names.count == 7)
  }

  @Test func aDanglingLinkIsNoObstacle() throws {
    let latest = scratch["run/checkpoints/latest"]
    for target in ["00000099", "../../..", "/etc"] {
      try FileManager.default.removeItem(atPath: latest)
      try FileManager.default.createSymbolicLink(atPath: latest, withDestinationPath: target)
      #expect(try store.find(.latest) == 8)
    }
    let missing = try #require(throws: Failure.self) { try store.find(.iteration(5)) }
    #expect(missing.remedy == "There are 4, 8.")
  }

  @Test func keepsTheLatestAndTheBest() throws {
    let json = try TestRun.json("checkpoint.keep=2", "checkpoint.every=2")
    let pruned = try TestRun(json, at: scratch["pruned"])
    try pruned.run()
    let iterations = pruned.directory.checkpoints.iterations
    let best = try #require(try pruned.directory.checkpoints.find(.best))
    #expect(Set(iterations) == [18, 20, best])
    #expect(try pruned.directory.checkpoints.read(best).manifest.progress.iterations == best)
  }

  /// Going back, one finds the best checkpoint of those that are left.
  @Test func aBestCheckpointThatIsGoneIsNotNamed() throws {
    var later: TestRun?
    for seed in 0..<20 where later == nil {
      let run = try TestRun(TestRun.json("seed=\(seed)"), at: scratch["seed\(seed)"])
      try run.run()
      if try run.directory.checkpoints.find(.best) != 4 { later = run }
    }
    let run = try #require(later, "a seed whose first checkpoint is not its best")
    try run.run(limit: 0, from: .iteration(4))
    let link = run.directory.checkpoints.directory + "/best"
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "00000004")
  }

  /// A manifest of a later format, whole by its own digest, is not called damaged.
  @Test func aLaterFormatIsExplained() throws {
    let path = "run/checkpoints/00000008/manifest.json"
    let json = try JSONValue(parsing: #require(scratch.bytes(path)))
    guard case .object(let members) = json else { return #expect(Bool(false)) }
    let later: [JSONValue.Member] = members.dropLast().map { member in
      switch member.key {
      case "format": .init("format", .number(CheckpointManifest.currentFormat + 1))
      case "machine": .init("machine", .object([.init("version", .string("9.0.0"))]))
      default: member
      }
    }
    let digest = SHA256.hexadecimal(of: JSONValue.object(later).compact.utf8)
    let text = JSONValue.object(later + [.init("sha256", .string(digest))]).pretty
    try scratch.write(text, to: path)
    let failure = try #require(throws: Failure.self) { try run.run() }
    #expect(failure.status == .checkpoint)
    #expect(
      failure.problem.hasSuffix(
        "00000008 has format 3 and was written by MetaRL 9.0.0; this is MetaRL "
          + "\(Machine.version), which reads formats up to 2"), "\(failure.problem)")
    #expect(failure.remedy == "Go on with the version that wrote it, or a later one.")
  }

  /// An option that came after the checkpoint counts with its default.
  @Test func optionsAddedLaterHaveTheirDefaults() throws {
    let path = scratch["run/checkpoints/00000008"]
    func withoutDelay(_ json: JSONValue) throws -> JSONValue {
      guard case .object(let members)? = json["agent"] else { return json }
      return try json.setting("agent", to: .object(members.filter { $0.key != "delay" }))
    }
    let older = try withoutDelay(run.experiment.json)
    #expect(older != run.experiment.json)
    let checkpoint = try store.read(8)
    var manifest = checkpoint.manifest
    manifest.experiment = ResolvedExperiment.fingerprint(of: older)
    try FileManager.default.removeItem(atPath: path)
    try store.write(checkpoint.archive, manifest: manifest, experiment: older)
    try scratch.write(older.pretty, to: "run/experiment.json")
    guard case .finished = try run.run() else {
      return #expect(Bool(false), "the older checkpoint should do")
    }
    _ = try TestRun(TestRun.json("agent.weights=3"), at: scratch["run"])
    let changed = try #require(throws: Failure.self) {
      try TestRun(TestRun.json("agent.weights=3", "agent.delay=1"), at: scratch["run"])
    }
    #expect(changed.problem.contains("agent.delay = 0, not 1"))
  }

  @Test func badNumbersNeverReachACheckpoint() throws {
    let failing = try TestRun(TestRun.json("agent.failAt=10"), at: scratch["failing"])
    let failure = try #require(throws: Failure.self) { try failing.run() }
    #expect(failure.status == .numerical)
    #expect(
      failure.problem
        == "gradient of wanderer/weights is not finite in iteration 10, step 3 (environment walk)")
    #expect(failure.remedy.contains("The checkpoint of iteration 8 is intact"))
    #expect(try failing.directory.checkpoints.find(.latest) == 8)
    let report = try JSONValue(parsing: #require(scratch.bytes("failing/nan/report.json")))
    #expect(
      report.compact
        == #"{"quantity":"gradient of wanderer/weights","iteration":10,"place":"step 3","#
        + #""subject":"environment walk","lastCheckpoint":8}"#)
    let weights = try Safetensors(
      bytes: #require(scratch.bytes("failing/nan/weights.safetensors")))
    #expect(weights.tensors["wanderer/weights"]?.floats?.allSatisfy(\.isFinite) == true)
    #expect(scratch.bytes("failing/nan/batch.safetensors") == nil, "it learns from no batch")

    let poisoned = try TestRun(TestRun.json("agent.poisonAt=10"), at: scratch["poisoned"])
    let late = try #require(throws: Failure.self) { try poisoned.run() }
    #expect(late.status == .numerical)
    #expect(late.problem.contains("wanderer/weights is not finite in iteration 12"))
    #expect(poisoned.directory.checkpoints.iterations == [4, 8])
    let found = try Safetensors(
      bytes: #require(scratch.bytes("poisoned/nan/weights.safetensors")))
    #expect(found.tensors["wanderer/weights"]?.floats?[0].isNaN == true)
    _ = try poisoned.directory.checkpoints.read(8)
  }
}
