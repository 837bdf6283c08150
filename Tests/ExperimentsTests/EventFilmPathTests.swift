import Experiments
import Foundation
import Tensor
import Testing
import TestSupport

@Suite struct EventFilmPathTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  @Test func aWrongPathIsNoticedBeforeThePlaying() throws {
    let run = try TestRun(
      TestRun.json(
        #"environment={"name": "ball-reaching-events", "world": {"horizon": 100}}"#,
        #"agent={"name": "spore", "hours": 0.001}"#), at: scratch["run"])
    let watched = try Demonstration(run.experiment, in: run.directory, key: RandomKey(seed: 0))
    let limits = WatchLimits(steps: 3)
    let failure = #expect(throws: Failure.self) {
      try EventFilm.record(watched, limits: limits, to: scratch["nowhere/events.txt"])
    }
    #expect(failure?.status == .notFound)
    #expect(watched.steps == 0)
    _ = try EventFilm.record(watched, limits: limits, to: scratch["events.txt"])
    #expect(watched.steps == 3)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    #expect(names.sorted() == ["events.txt", "run"], "nothing else is left")
  }
}
