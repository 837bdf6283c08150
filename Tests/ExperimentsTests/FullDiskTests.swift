import Experiments
import Foundation
import Testing
import TestSupport

/// A file system that is really full, where the tests may mount one.
@Suite struct FullDiskTests {
  /// A command line that runs another one where it may mount, nil where the machine has none.
  private static let namespace: [String]? = [["--mount"], ["--mount", "--map-root-user"]].first {
    options in
    let command = ["unshare"] + options + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (try? Tool.shell.run(["-c", command.joined(separator: " ")], in: "/"))?.status == 0
  }.map { ["unshare"] + $0 }

  /// A run that keeps one checkpoint, of 400 iterations.
  private static let walk = "walk"

  /// There is room for half of what the run leaves. The mount ends with the shell; what is to be looked at is
  /// copied out of it.
  @Test(
    .enabled(if: namespace != nil, "this process may not mount file systems"),
    arguments: [walk] + SmallExperiment.names)
  func aRunOnAFullDiskGoesOnWhenThereIsRoom(name: String) throws {
    let scratch = try Scratch()
    if name == Self.walk {
      try scratch.write(
        """
        {"name": "walk", "environment": "walk", "agent": {"name": "wanderer", "iterations": 400},
         "checkpoint": {"every": 5, "keep": 1}}
        """, to: "experiment.json")
    } else {
      try FileManager.default.copyItem(
        atPath: SmallExperiment.path(of: name), toPath: scratch["experiment.json"])
    }
    let whole = try Tool.bench.run(
      ["run", "experiment.json", "--output", "whole"], in: scratch.path)
    try #require(whole.status == 0, "\(whole.errors)")
    try scratch.write(
      """
      mkdir disk && mount -t tmpfs -o size=2m tmpfs disk || exit 99
      head -c $((2097152 - 512 * $(du -sk whole | cut -f 1))) /dev/zero > disk/filler
      "$0" run experiment.json --output disk/run
      echo "status $?"
      cp -r disk/run full
      rm disk/filler
      "$0" resume disk/run
      echo "status $?"
      cp -r disk/run resumed
      """, to: "script")
    let command = try #require(Self.namespace) + ["sh", "-c", "'. ./script'", Tool.bench.path]
    let result = try Tool.shell.run(["-c", command.joined(separator: " ")], in: scratch.path)
    let statuses = result.output.split(separator: "\n").filter { $0.hasPrefix("status ") }
    #expect(statuses == ["status 74", "status 0"], "\(result.output)\(result.errors)")
    #expect(result.errors.contains("No space left on device"), "\(result.errors)")
    #expect(
      result.errors.contains("Free some space, then try again; a run goes on with: metarl resume"))

    let store = CheckpointStore(directory: scratch["full/checkpoints"])
    #expect(!store.iterations.isEmpty)
    for iteration in store.iterations { _ = try store.read(iteration) }
    let end = RunDirectory(scratch["whole"]).checkpoints.iterations.last
    let last = CheckpointStore.name(of: try #require(end))
    let expected = scratch.comparableFiles(of: "whole", lastCheckpoint: last)
    #expect(scratch.differingFiles(of: "resumed", lastCheckpoint: last, from: expected) == [])
  }
}
