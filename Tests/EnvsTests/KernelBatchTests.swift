import Envs
import Tensor
import Testing

@Suite struct KernelBatchTests {
  /// Steps both kinds of batch with the same actions and compares everything they show to the bit;
  /// `act` chooses the actions of a row from its observation.
  private func compare<Base: KernelEnvironment>(
    _ environment: Base, count: Int, episodesPerTrial: Int = 1, steps: Int = 1500,
    act: (UnsafePointer<Float>, inout RandomStream) -> [Float]
  ) {
    let key = RandomKey(seed: 5)
    let generic = BatchedEnvironment(
      environment, name: "a", count: count, firstRow: 3, episodesPerTrial: episodesPerTrial,
      key: key)
    let vectorised = KernelBatch(
      environment, name: "a", count: count, firstRow: 3, episodesPerTrial: episodesPerTrial,
      key: key)
    var random = RandomKey(seed: 6).stream()
    let size = generic.specification.observationSpace.count
    var trials = 0
    for step in 0..<steps {
      if step == steps / 2 || step == steps * 2 / 3 {
        generic.autoreset.toggle()
        vectorised.autoreset.toggle()
      }
      if step == steps * 5 / 6 {
        generic.reset()
        vectorised.reset()
      }
      if step % 97 == 50, let edit = generic.specification.taskEdits.first {
        generic.edit(edit, row: step % count)
        vectorised.edit(edit, row: step % count)
      }
      let (a, b) = (BatchSnapshot(generic), BatchSnapshot(vectorised))
      #expect(a.difference(from: b) == nil, "step \(step)")
      trials += generic.endsTrial(row: 0) ? 1 : 0
      let actions = (0..<count).flatMap { act(generic.observations + size * $0, &random) }
      generic.step(actions)
      vectorised.step(actions)
    }
    #expect(trials > 0)
  }

  @Test(arguments: [(1, 500), (77, 500), (130, 13)])
  func cartPolesEqualTheGenericOnes(count: Int, horizon: Int) {
    var options = CartPole.Options()
    options.horizon = horizon
    compare(CartPole(options), count: count) { observation, random in
      // A weak balancer, so that both falls and time limits happen.
      if random.uniform() < 0.2 { return [Float(random.integer(below: 2))] }
      return [observation[2] + 0.3 * observation[3] > 0 ? 1 : 0]
    }
  }

  @Test(arguments: [1, 3]) func armsEqualTheGenericOnes(episodesPerTrial: Int) {
    var options = ArmReaching.Options()
    options.horizon = 37
    options.bodies = .varied
    compare(ArmReaching(options), count: 75, episodesPerTrial: episodesPerTrial, steps: 600) {
      observation, random in
      // Often in one direction for long, so that joints run into their limits.
      let push: Float = observation[0] > 0 ? 1 : -1
      return [push, random.uniform(-2, 2)]
    }
  }
}
