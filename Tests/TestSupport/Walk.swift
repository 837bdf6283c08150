import Configuration
import Envs
import Scenes
import Tensor

/// A walk on a line towards a hidden goal: the task is the goal, the state a position.
public struct Walk: Environment, Configurable {
  /// Steps of an episode.
  public var length = 8
  /// What a reward is multiplied with.
  public var gain = 1.0

  /// The defaults.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("length", \.length, in: 1...1000, "Steps of an episode."),
      .number("gain", \.gain, "What a reward is multiplied with."),
    ]
  }

  /// The position.
  public var observationSpace: BoxSpace { BoxSpace(count: 1) }
  /// The velocity.
  public var actionSpace: ActionSpace { .continuous(BoxSpace(count: 1, in: -1...1)) }
  /// The length.
  public var horizon: Int? { length }
  /// Steps at the goal.
  public var counterNames: [String] { ["hits"] }

  /// A goal.
  public func sampleTask(from split: TaskSplit, using random: inout RandomStream) -> Float {
    split == .train ? random.uniform(-1, 0) : random.uniform(0, 1)
  }
  /// The origin.
  public func initialState(of task: Float, using random: inout RandomStream) -> Float { 0 }
  /// Shows the position.
  public func observe(
    _ state: Float, of task: Float, into observation: UnsafeMutableBufferPointer<Float>
  ) { observation[0] = state }
  /// Moves; the reward is the negative distance to the goal.
  public func step(
    _ state: inout Float, of task: inout Float, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    state += min(max(action[0], -1), 1)
    outcome.reward = Float(-gain * Double(abs(state - task)))
    outcome.executedAction[0] = action[0]
    if abs(state - task) < 0.1 { outcome.counters[0] += 1 }
  }

  /// The walker and its goal on the line.
  public func scene(_ state: Float, of task: Float) -> Scene? {
    var scene = Scene(view: SceneRectangle(center: SIMD2(0, 0), width: 4, height: 4))
    scene.disc(at: SIMD2(Double(task), 0), radius: 0.1, .green)
    scene.disc(at: SIMD2(Double(state), 0), radius: 0.05, .blue)
    scene.follow(SIMD2(Double(state), 0), width: 0.02, .blue)
    return scene
  }
  /// Shows how far the goal is.
  public func show(_ state: Float, of task: Float, on dashboard: inout Dashboard) {
    dashboard.curves("distance", ["to the goal": Double(abs(state - task))])
  }

  /// What configurations name: a row of its own, the rest as usual.
  public var factory: EnvironmentFactory {
    EnvironmentFactory(
      specification: EnvironmentSpecification(name: "walk", of: self),
      referencePolicies: [
        ReferencePolicy(name: "stays", role: .random, summary: "Does not move.") {
          episodes, discount, tasks, key in
          (0..<episodes).map { index in
            var random = (key / index).stream()
            let goal = abs(tasks.draw(from: self, using: &random))
            var (discounted, factor) = (0.0, 1.0)
            for _ in 0..<length {
              discounted -= Double(goal) * factor
              factor *= discount
            }
            return EpisodeReturn(
              total: Double(-goal * Float(length)), discounted: discounted,
              length: length, counters: [goal < 0.1 ? Float(length) : 0])
          }
        }
      ]
    ) { count, firstRow, tasks, key in
      BatchedEnvironment(
        self, name: "walk", count: count, firstRow: firstRow, tasks: tasks, key: key)
    }
  }
}
