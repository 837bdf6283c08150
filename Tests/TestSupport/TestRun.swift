import Configuration
import Experiments

/// Runs of the test agent inside the process of the test.
public struct TestRun {
  /// Where it runs.
  public let directory: RunDirectory
  /// What it runs.
  public let experiment: ResolvedExperiment

  /// A small experiment with the given changes, as JSON.
  public static func json(_ changes: String...) throws -> JSONValue {
    let base = try JSONValue(
      parsing: """
        {"name": "walk", "environment": "walk", "agent": "wanderer",
         "checkpoint": {"every": 4, "keep": 100}, "evaluation": {"episodes": 10, "every": 3}}
        """)
    return try changes.reduce(base) { try $0.applying(Override($1)) }
  }

  /// Sets up a run.
  public init(_ json: JSONValue, at path: String) throws {
    directory = RunDirectory(path)
    experiment = try ResolvedExperiment(json: json, library: .test)
    try directory.prepare(experiment, origin: RunOrigin(file: "walk.json", changes: []))
  }

  /// Runs to the end, or until `limit` iterations have been made in this session.
  @discardableResult
  public func run(
    limit: Int = .max, from checkpoint: CheckpointChoice = .latest, allowing changes: [String] = []
  ) throws -> SessionEnd {
    var options = SessionOptions()
    var asked = 0
    options.checkpoint = checkpoint
    options.allowedChanges = changes
    options.shouldStop = {
      asked += 1
      return asked > limit
    }
    return try Session(experiment, in: directory, options: options).run()
  }
}

extension Scratch {
  /// The files of a run that must be equal, byte for byte, between equal runs; nil for missing ones.
  public func comparableFiles(of run: String, lastCheckpoint: String) -> [String: [UInt8]?] {
    let checkpoint = "checkpoints/" + lastCheckpoint + "/"
    let names =
      ["metrics.jsonl", "evaluation.jsonl", "references.json"]
      + ["weights.safetensors", "optimizer.safetensors", "state.safetensors", "state.json"]
      .map { checkpoint + $0 }
    return Dictionary(uniqueKeysWithValues: names.map { ($0, bytes(run + "/" + $0)) })
  }

  /// The names of the comparable files of a run that are missing or not as `expected`.
  public func differingFiles(
    of run: String, lastCheckpoint: String, from expected: [String: [UInt8]?]
  ) -> [String] {
    let files = comparableFiles(of: run, lastCheckpoint: lastCheckpoint)
    return files.keys.filter { files[$0] != expected[$0] || files[$0] == .some(nil) }.sorted()
  }
}
