import Envs

/// Work to measure, ready to run with a fixed number of threads.
protocol Runnable: AnyObject {
  /// Does `steps` steps.
  func run(_ steps: Int) throws
  /// Quality after training, nil for work that does not learn.
  func evaluate() throws -> Double?
}

extension Runnable {
  /// Nothing is learned.
  func evaluate() -> Double? { nil }
}

/// Work to measure, and the peers that do the same.
struct Workload: Sendable {
  /// How many steps a turn has.
  enum Turns: Sendable {
    /// As many as fill the time.
    case timed
    /// A fixed number, so that both sides learn equally long.
    case fixed(turns: Int, steps: Int)
  }

  /// The name, also in the results.
  let name: String
  /// What one step is.
  let step: String
  /// What is counted in a step, and how many of it there are.
  var amount: (unit: String, perStep: Double)?
  var turns = Turns.timed
  var peers: [PeerScript] = []
  /// Makes the work ready.
  let make: @Sendable (_ threads: Int) throws -> any Runnable

  /// All of them, in the order of the table.
  static let all: [Workload] =
    [
      .gru(hidden: 128, batch: 128), .gru(hidden: 50, batch: 32), .nmd, .cartPole,
      .environment("arm-reaching"), .environment("lane-following"),
      .watchedEnvironment("arm-reaching-events"), .watchedEnvironment("rigid-arm-reaching-events"),
      .watchedEnvironment("lane-following-events"),
      .actorCritic, .klProximal,
      .bistable("nbrc"), .bistable("brc"), .lsnn, .longSequences("gru"), .longSequences("brc"),
      .longSequences("bmru"), .longSequences("lru"),
      .spore(inputs: 1000, outputs: 100), .spore(inputs: 1000, outputs: 20),
      .sporeReaching, .eventCamera(.frameDifference), .eventCamera(.logIntensity),
    ] + events(size: 512) + events(size: 1024)
}
