import Configuration
import Experiments
import Foundation
import Render
import Scenes
import Tensor
import Testing
import TestSupport

@Suite struct DemonstrationTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func demonstration(
    of run: TestRun, checkpoint: CheckpointChoice = .latest, seed: UInt64 = 0
  ) throws -> Demonstration {
    try Demonstration(
      run.experiment, in: run.directory, checkpoint: checkpoint, key: RandomKey(seed: seed))
  }

  /// An episode has eight steps, and a trial one episode.
  @Test func everyTrialBeginsWithTheNewestAgent() throws {
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    let watched = try demonstration(of: run)
    #expect(watched.iteration == 0, "the agent that the training begins with")
    for _ in 0..<5 { try watched.step() }
    try run.run(limit: 9)
    for _ in 0..<3 { try watched.step() }
    #expect((watched.iteration, watched.finishedEpisodes, watched.steps) == (0, 1, 8))
    try watched.step()
    #expect(watched.iteration == 9)
    #expect(watched.frame().caption.contains("iteration 9   trial 2   step 1 "))
    try run.run(limit: 4)
    try watched.beginTrial()
    #expect(watched.iteration == 13)
    #expect(watched.frame().caption.contains("trial 3   step 0 "))
  }

  @Test func aChosenCheckpointStays() throws {
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    try run.run(limit: 9)
    let watched = try demonstration(of: run, checkpoint: .iteration(4))
    try run.run()
    for _ in 0..<20 { try watched.step() }
    #expect(watched.iteration == 4)
    #expect(throws: Failure.self) { try demonstration(of: run, checkpoint: .iteration(5)) }
  }

  @Test func whatIsSeenDependsOnWeightsAndKeyAlone() throws {
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    try run.run()
    func pictures(seed: UInt64) throws -> [[UInt8]] {
      let watched = try demonstration(of: run, seed: seed)
      return try (0..<12).map { _ in
        try watched.step()
        return try watched.frame().png(scale: 1)
      }
    }
    let first = try pictures(seed: 3)
    #expect(try pictures(seed: 3) == first)
    #expect(try pictures(seed: 4) != first)
    #expect(Set(first).count == 12)
  }

  /// Environment and agent fill panels of their own.
  @Test func environmentAndAgentShowThemselves() throws {
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    let watched = try demonstration(of: run)
    try watched.step()
    #expect(
      watched.dashboard.panels.map(\.name)
        == ["reward", "distance", "weights", "action", "observation"])
    #expect(watched.frame().scene?.shapes.count == 3, "goal, walker, trail")
  }

  /// The state in which an episode ends is seen before the next one begins.
  @Test func theEndOfAnEpisodeIsShown() throws {
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    let watched = try demonstration(of: run)
    for _ in 0..<7 { try watched.step() }
    let before = watched.frame().scene
    try watched.step()
    let end = watched.frame().scene
    guard case .trace(let path, _, _)? = end?.shapes.last else { return #expect(Bool(false)) }
    #expect(path.count == 9)
    #expect(end?.followed != before?.followed)
    try watched.step()
    guard case .trace(let next, _, _)? = watched.frame().scene?.shapes.last else {
      return #expect(Bool(false))
    }
    #expect(next.count == 2)
    #expect(next[0] == SIMD2(0, 0))
  }

  /// Panels show where an episode was left, as they show where one ended.
  @Test func whereATrialIsLeftIsMarked() throws {
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    let watched = try demonstration(of: run)
    for _ in 0..<3 { try watched.step() }
    try watched.beginTrial()
    for _ in 0..<9 { try watched.step() }
    guard case .curves(let rewards, _) = watched.dashboard.panels[0].content else {
      return #expect(Bool(false))
    }
    #expect((rewards.count, rewards.marks) == (12, [2, 10]))
  }

  @Test func anAgentThatCannotBeWatchedSaysSo() throws {
    let run = try TestRun(TestRun.json("agent.weights=1"), at: scratch["run"])
    let failure = try #require(throws: Failure.self) { try demonstration(of: run) }
    #expect(failure.status == .usage)
    #expect(failure.problem == "agents of this kind cannot be watched")
  }

  @Test func damagedCheckpointsAreRefused() throws {
    let run = try TestRun(TestRun.json(), at: scratch["run"])
    try run.run(limit: 4)
    try scratch.write("{}", to: "run/checkpoints/00000004/manifest.json")
    let failure = try #require(throws: Failure.self) { try demonstration(of: run) }
    #expect(failure.status == .checkpoint)
  }
}

@Suite struct FrameRateTests {
  @Test func countsThePicturesOfTheLastSecond() throws {
    let start = ContinuousClock.now
    var rate = FrameRate(at: start)
    for picture in 1..<50 {
      rate.count(at: start + .milliseconds(20 * picture))
      #expect(rate.value == nil)
    }
    rate.count(at: start + .milliseconds(1000))
    #expect(rate.value == 50)
    rate.count(at: start + .milliseconds(1500))
    #expect(rate.value == 50)
    rate.count(at: start + .milliseconds(2250))
    #expect(abs(try #require(rate.value) - 1.6) < 1e-9)
  }
}

@Suite struct PlaybackTests {
  @Test func stepsFollowTheClock() {
    var playback = Playback(speed: 30)
    var steps = 0
    for _ in 0..<600 { steps += playback.steps(after: 1.0 / 60) }
    #expect(steps == 300)
    playback.accelerate()
    #expect(playback.speed == 60)
    #expect((0..<60).reduce(0) { sum, _ in sum + playback.steps(after: 1.0 / 60) } == 60)
    playback.slowDown()
    playback.slowDown()
    #expect(playback.speed == 15)
    playback.resetSpeed()
    #expect(playback.speed == 30)
  }

  @Test func aHoldUpIsNotMadeUpFor() {
    var playback = Playback(speed: 1000)
    #expect(playback.steps(after: 3600) == 100)
    var slow = Playback(speed: 0.5)
    #expect(slow.steps(after: 3600) == 1)
    #expect(slow.steps(after: 1) == 0)
    #expect(abs(slow.secondsToNextStep - 1) < 1e-9)
    #expect(slow.steps(after: 1) == 1)
  }

  @Test func pausesStandStill() {
    var playback = Playback(speed: 100)
    playback.isPaused = true
    #expect(playback.steps(after: 1) == 0)
    #expect(playback.description == "100 steps/s, paused")
    playback.isPaused = false
    #expect(playback.steps(after: 0.01) == 1)
  }

  @Test func speedsHaveLimits() {
    var playback = Playback()
    for _ in 0..<40 { playback.accelerate() }
    #expect(playback.speed == Playback.speeds.upperBound)
    for _ in 0..<40 { playback.slowDown() }
    #expect(playback.speed == Playback.speeds.lowerBound)
    #expect(playback.description == "0.1 steps/s")
  }
}
