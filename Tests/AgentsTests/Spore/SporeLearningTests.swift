import Agents
import Testing

/// Synaptic sampling learns from reward, and without reward it does not.
@Suite struct SporeLearningTests {
  /// The demonstration of two patterns: the share of the time of patterns in which the right group of
  /// outputs fires most, in the last of `minutes`. Chance is below a half, as no group leads at first.
  private static func rightShare(rewardScale: Double, minutes: Int) throws -> Double {
    let agent = try SporeAgentTests.agent(
      #"{"encoder": "rates", "decoder": {"form": "counts"}, "conditionsRewards": true, "#
        + #""rewardScale": \#(rewardScale), "secondsPerIteration": 60, "network": {"outputs": 20, "#
        + #""parallelSynapses": 2, "#
        + #""neurons": {"current": -3, "targetRate": 5, "adaptationSpeed": 0.1}, "#
        + #""synapses": {"priorPrecision": 0.25, "initialMean": -0.5, "initialDeviation": 0.5}}}"#,
      environment: #"{"name": "pattern-matching", "horizon": 1000000}"#)
    var (shown, right) = (0.0, 0.0)
    for minute in 0..<minutes {
      let metrics = try agent.trainIteration()
      guard minute >= minutes - 20 else { continue }
      shown += try #require(metrics.first { $0.name == "train/patternStepsPerMinute" }).value
      right += try #require(metrics.first { $0.name == "train/rightStepsPerMinute" }).value
    }
    return right / shown
  }

  @Test func tellsPatternsApart() throws {
    let share = try Self.rightShare(rewardScale: 1, minutes: 120)
    #expect(share > 0.8, "\(share)")
  }

  @Test func learnsNothingWithoutReward() throws {
    let share = try Self.rightShare(rewardScale: 0, minutes: 120)
    #expect(share < 0.65, "\(share)")
  }
}
