import Configuration
import Envs
import Tensor
import Testing

/// Finite sets of tasks.
@Suite struct TaskSourceTests {
  private let registry = Registry<EnvironmentFactory>.standard

  private func factory(_ json: String) throws -> EnvironmentFactory {
    try registry.make(JSONValue(parsing: json), at: .root).0
  }

  /// The parameters of the tasks of `trials` trials in each of three rows.
  private func tasks(
    of factory: EnvironmentFactory, _ split: TaskSplit, trials: Int, seed: UInt64 = 0
  ) -> [[Float]] {
    let batch = factory.makeBatch(count: 3, split: split, key: RandomKey(seed: seed))
    var tasks = (0..<3).map { batch.taskParameters(row: $0) }
    for _ in 1..<trials {
      batch.reset()
      tasks += (0..<3).map { batch.taskParameters(row: $0) }
    }
    return tasks
  }

  /// Environments of both kinds of batches, with and without a camera.
  private static let names = [
    "nmd-benchmark1", "nmd-benchmark2", "ball-reaching-events", "arm-reaching", "cursor-control",
  ]

  private func options(of name: String) -> String {
    switch name {
    case "ball-reaching-events":
      #""name": "\#(name)", "world": {"goals": "drawn", "largestRotation": 90}"#
    default: #""name": "\#(name)""#
    }
  }

  /// Every task of the set appears and no other, whatever the seed and row; a larger set has the tasks of a
  /// smaller one.
  @Test(arguments: names) func aSetHasItsTasksAndNoOthers(name: String) throws {
    func set(_ tasks: String, seed: UInt64 = 0, of split: TaskSplit = .train) throws -> Set<[Float]>
    {
      let factory = try factory(#"{\#(options(of: name)), "tasks": {\#(tasks)}}"#)
      return Set(self.tasks(of: factory, split, trials: 40, seed: seed))
    }
    let three = try set(#""train": 3"#)
    #expect(three.count == 3)
    #expect(try set(#""train": 3"#, seed: 7) == three)
    let five = try set(#""train": 5"#)
    #expect(five.count == 5 && five.isSuperset(of: three))
    #expect(try set(#""train": 3, "seed": 1"#).isDisjoint(with: three))
    // Tests have tasks of their own, as many as can be drawn unless there is a set for them, too.
    let new = try set(#""train": 3"#, of: .test)
    #expect(new.count == 120 && new.isDisjoint(with: three))
    let held = try set(#""train": 3, "test": 2"#, of: .test)
    #expect(held.count == 2 && held.isDisjoint(with: five))
    #expect(try set(#""test": 2"#).count == 120)
  }

  /// Without the option rows draw from their own streams, as they always did.
  @Test(arguments: names) func withoutASetNothingChanges(name: String) throws {
    let plain = tasks(of: try factory("{\(options(of: name))}"), .train, trials: 4)
    let open = try factory(#"{\#(options(of: name)), "tasks": {"train": 0, "seed": 3}}"#)
    #expect(tasks(of: open, .train, trials: 4) == plain)
    #expect(Set(plain).count == 12)
    var stream = RandomKey(seed: 2).stream()
    var twin = stream
    let environment = BiasedTarget(.init())
    #expect(
      TaskSource.test.draw(from: environment, using: &stream)
        == environment.sampleTask(from: .test, using: &twin))
    #expect(stream == twin)
  }

  @Test(arguments: names) func testsCanBeOnTheTasksToLearnFrom(name: String) throws {
    let factory = try factory(#"{\#(options(of: name)), "tasks": {"train": 2, "test": 2}}"#)
    let train = Set(tasks(of: factory, .train, trials: 20))
    #expect(Set(tasks(of: factory, .test, trials: 20)).isDisjoint(with: train))
    let same = factory.tested(on: .train)
    #expect(Set(tasks(of: same, .test, trials: 20, seed: 5)) == train)
    #expect(factory.tested(on: .test).tasks(of: .test) == factory.tasks(of: .test))
    // Policies to compare with are told where to draw from.
    #expect(same.tasks(of: .test) == factory.tasks(of: .train))
  }

  /// Both kinds of batches draw the same.
  @Test func kernelsDrawTheSameTasks() {
    let arm = ArmReaching(.init())
    let tasks = TaskSource(.train, count: 3)
    let generic = BatchedEnvironment(
      arm, name: "arm", count: 6, tasks: tasks, key: RandomKey(seed: 1))
    let vectorised = KernelBatch(arm, name: "arm", count: 6, tasks: tasks, key: RandomKey(seed: 1))
    for _ in 0..<4 {
      #expect((0..<6).allSatisfy { generic.task(row: $0) == vectorised.task(row: $0) })
      generic.reset()
      vectorised.reset()
    }
  }

  @Test func theOptionBelongsToEveryEnvironment() throws {
    for entry in registry.entries {
      let resolved = try registry.resolve(.string(entry.name), at: .root)
      #expect(resolved["tasks"]?.compact == #"{"train":0,"test":0,"seed":0}"#, "\(entry.name)")
      #expect(entry.schema["properties"]?["tasks"]?["properties"]?["train"] != nil)
    }
    func problem(_ json: String) -> ConfigurationError? {
      #expect(throws: ConfigurationError.self) { _ = try factory(json) }
    }
    let path = problem(#"{"name": "cartpole", "taks": {"train": 1}}"#)
    #expect(path?.description.contains("tasks") == true, "\(String(describing: path))")
    let nested = problem(#"{"name": "cartpole", "tasks": {"trian": 1}}"#)
    #expect(nested?.path.description == "tasks.trian")
    #expect(nested?.description.contains("train") == true, "\(String(describing: nested))")
    #expect(problem(#"{"name": "cartpole", "tasks": {"train": -1}}"#) != nil)
    // What an environment checks of its own options is still checked.
    #expect(problem(#"{"name": "pattern-matching", "groups": 30}"#)?.path.description == "groups")
  }
}
