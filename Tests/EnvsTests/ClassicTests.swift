import Configuration
import Envs
import Tensor
import Testing

@Suite struct ClassicTests {
  private static func cartPole(_ numbers: [Double]) -> CartPole.State {
    CartPole.State(
      position: numbers[0], velocity: numbers[1], angle: numbers[2], spin: numbers[3])
  }

  private static func numbers(_ state: CartPole.State) -> [Double] {
    [state.position, state.velocity, state.angle, state.spin]
  }

  private static func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { abs($0 - $1) }.max() ?? 0
  }

  @Test func cartPoleFollowsGymnasiumThroughWholeEpisodes() throws {
    for episode in try GymnasiumTraces.load("cartpole") {
      let batch = BatchedEnvironment(
        CartPole(), name: "cartpole", count: 1, key: RandomKey(seed: 0))
      batch.autoreset = false
      batch.place(row: 0, in: Self.cartPole(episode.initialState), of: OnlyTask())
      for (step, action) in episode.actions.enumerated() {
        batch.step([action])
        let difference = Self.largestDifference(
          Self.numbers(batch.state(row: 0)), episode.states[step])
        #expect(difference < 1e-7, "step \(step) of \(episode.actions.count)")
        #expect(Double(batch.rewards[0]) == episode.rewards[step])
        let isLast = step == episode.actions.count - 1
        #expect(
          batch.ends[0]
            == StepEnd(
              terminated: isLast && episode.terminated, truncated: isLast && episode.truncated))
        for index in 0..<4 {
          #expect(abs(batch.finalObservations[index] - episode.observations[step][index]) < 1e-6)
        }
      }
    }
  }

  @Test func everyCartPoleStepIsGymnasiumsToRounding() throws {
    for episode in try GymnasiumTraces.load("cartpole") {
      let batch = BatchedEnvironment(
        CartPole(), name: "cartpole", count: 1, key: RandomKey(seed: 0))
      batch.autoreset = false
      let states = [episode.initialState] + episode.states
      for (step, action) in episode.actions.enumerated() {
        batch.place(row: 0, in: Self.cartPole(states[step]), of: OnlyTask())
        batch.step([action])
        #expect(
          Self.largestDifference(Self.numbers(batch.state(row: 0)), states[step + 1]) < 1e-14)
      }
    }
  }

  @Test func pendulumFollowsGymnasiumThroughWholeEpisodes() throws {
    for episode in try GymnasiumTraces.load("pendulum") {
      let batch = BatchedEnvironment(
        Pendulum(), name: "pendulum", count: 1, key: RandomKey(seed: 0))
      batch.autoreset = false
      let first = Pendulum.State(angle: episode.initialState[0], spin: episode.initialState[1])
      batch.place(row: 0, in: first, of: OnlyTask())
      for (step, action) in episode.actions.enumerated() {
        batch.step([action])
        let state = batch.state(row: 0)
        #expect(Self.largestDifference([state.angle, state.spin], episode.states[step]) < 1e-9)
        #expect(abs(Double(batch.rewards[0]) - episode.rewards[step]) < 2e-6)
        for index in 0..<3 {
          #expect(abs(batch.finalObservations[index] - episode.observations[step][index]) < 1e-6)
        }
        #expect(batch.ends[0] == (step == 199 ? .truncated : .running))
      }
    }
  }

  /// The rows to compare with reach what the same policies reach in Gymnasium.
  @Test func rowsReachTheReturnsOfGymnasium() throws {
    for (name, rows) in try GymnasiumReturns.load() {
      let (factory, _) = try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root)
      #expect(Set(factory.referencePolicies.map(\.name)) == Set(rows.keys))
      for policy in factory.referencePolicies {
        let expected = try #require(rows[policy.name])
        let estimate = Estimate(
          policy.run(expected.episodes, 1, .test, RandomKey(seed: 21)).map(\.total))
        let margin =
          (estimate.margin * estimate.margin + expected.margin * expected.margin).squareRoot()
        #expect(
          abs(estimate.mean - expected.mean) <= 1.5 * margin,
          "\(name), \(policy.name): \(estimate.mean) ± \(estimate.margin), \(expected.mean)")
      }
    }
  }

  /// The oracles hold pole and pendulum for as long as one likes.
  @Test func theOraclesNeverFail() throws {
    for (name, least) in [("cartpole", 20_000.0), ("pendulum", -450)] {
      let (factory, _) = try Registry<EnvironmentFactory>.standard.make(
        .object([.init("name", .string(name)), .init("horizon", .number(20_000))]), at: .root)
      let oracle = try #require(factory.referencePolicies.first { $0.role == .oracle })
      #expect(oracle.run(64, 1, .test, RandomKey(seed: 22)).allSatisfy { $0.total >= least })
    }
  }
}
