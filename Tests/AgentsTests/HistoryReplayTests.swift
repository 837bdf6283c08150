import Agents
import Autodiff
import Configuration
import Envs
import NeuroMod
import Tensor
import Testing

/// The replay against a list that never forgets.
@Suite struct HistoryReplayTests {
  private struct Sight: Equatable {
    var observation: [Float]
    var action: [Float]
    var reward: Float
  }

  /// A transition with everything seen before it, and what followed.
  private struct Memory {
    var action: Int
    var reward: Float
    var isTerminal: Bool
    var sights: [Sight]
  }

  private let specification = EnvironmentSpecification(name: "tmaze", of: TMaze())

  private func shard(horizon: Int) -> (Executor, Shard) {
    let program = NetworkChoice("recurrent").network.program(
      observationSize: 4, actionSize: 4, heads: [Head("value", size: 2)])
    let executor = Executor(
      program, parameters: ParameterStore(program.parameters, key: RandomKey(seed: 1)),
      rows: [3], steps: horizon + 1)
    return (executor, executor.shards[0])
  }

  private func history(_ shard: Shard, row: Int, length: Int) -> [Sight] {
    func numbers(_ name: String, _ step: Int, _ width: Int) -> [Float] {
      (0..<width).map { shard.input(name)[(step * shard.rows + row) * width + $0] }
    }
    return (0..<length).map {
      Sight(
        observation: numbers("observation", $0, 4), action: numbers("previousAction", $0, 4),
        reward: numbers("previousReward", $0, 1)[0])
    }
  }

  @Test(arguments: [1, 2, 7, 40]) func holdsTheLastTransitionsWithTheirHistories(capacity: Int) {
    let horizon = 6
    let replay = HistoryReplay(
      capacity: capacity, horizon: horizon, specification: specification)
    let (executor, shard) = shard(horizon: horizon)
    var random = RandomKey(seed: UInt64(capacity)).stream()
    var memories: [Memory] = []
    func numbers() -> [Float] { (0..<4).map { _ in random.uniform(-1, 1) } }
    for _ in 0..<60 {
      var sights = [Sight(observation: numbers(), action: [0, 0, 0, 0], reward: 0)]
      replay.begin(observation: sights[0].observation)
      // Both the shortest and the longest episodes are frequent, where mistakes would be.
      let length = min(max(random.integer(below: horizon + 4) - 1, 1), horizon)
      for step in 0..<length {
        let next = Sight(observation: numbers(), action: numbers(), reward: random.uniform())
        let action = random.integer(below: 4)
        let isTerminal = step == length - 1 && random.uniform() < 0.5
        replay.add(
          action: action, executed: next.action, reward: next.reward, isTerminal: isTerminal,
          observation: next.observation)
        sights.append(next)
        memories.append(
          Memory(action: action, reward: next.reward, isTerminal: isTerminal, sights: sights))
      }
      #expect(replay.count == min(capacity, memories.count))
      for (index, memory) in memories.suffix(capacity).enumerated() {
        let transition = replay[index]
        #expect(transition.action == memory.action && transition.reward == memory.reward)
        #expect(transition.isTerminal == memory.isTerminal)
        #expect(transition.length == memory.sights.count - 1)
        let row = index % 3
        replay.copyHistory(index, length: memory.sights.count, to: shard, row: row)
        #expect(history(shard, row: row, length: memory.sights.count) == memory.sights)
      }
    }
    withExtendedLifetime(executor) {}
  }
}
