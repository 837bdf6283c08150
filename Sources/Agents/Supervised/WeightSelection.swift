import Autodiff
import Tensor

/// What validation says: which weights were best, and whether to stop.
struct WeightSelection {
  /// The weights with the smallest validation loss; nil where they are not kept.
  private(set) var bestWeights: [Float]?
  private var state = State()

  private struct State: Codable {
    var bestLoss: Double?
    /// Iterations since the smallest loss.
    var stale = 0
    /// The latest headline metrics, as many as the goal needs.
    var recent: [Double] = []
  }

  init() {}

  /// Takes in a validation.
  ///
  /// - Parameter weights: what to keep a copy of where the loss is the smallest so far.
  mutating func observe(
    loss: Double, headline: Double, stopping: StoppingOptions, weights: ParameterStore?
  ) {
    if state.bestLoss.map({ loss < $0 }) ?? true {
      state.bestLoss = loss
      state.stale = 0
      bestWeights = weights?.array
    } else {
      state.stale += 1
    }
    state.recent.append(headline)
    state.recent.removeFirst(max(0, state.recent.count - stopping.goalIterations))
  }

  /// Whether the training may end.
  func isEnough(_ stopping: StoppingOptions, lowerIsBetter: Bool) -> Bool {
    if stopping.patience > 0 && state.stale >= stopping.patience { return true }
    guard stopping.goalIterations > 0, state.recent.count == stopping.goalIterations else {
      return false
    }
    let mean = state.recent.reduce(0, +) / Double(state.recent.count)
    return lowerIsBetter ? mean <= stopping.goal : mean >= stopping.goal
  }

  private static let bestPrefix = "best"

  /// Stores everything under names of its own.
  func save(into archive: inout Archive, parameters: ParameterStore) throws {
    try archive.store(state, "selection")
    try archive.store(bestWeights != nil, "selection/keepsBest")
    guard let bestWeights else { return }
    for (parameter, offset) in zip(parameters.layout.parameters, parameters.layout.offsets) {
      archive.store(
        ArchivedTensor(
          Array(bestWeights[offset..<offset + parameter.count]), shape: parameter.shape),
        "\(Self.bestPrefix)/\(parameter.name)", in: .weights)
    }
  }

  /// Restores what `save` stored.
  ///
  /// - Throws: `ArchiveError` where something is missing or does not fit.
  init(from archive: Archive, parameters: ParameterStore) throws {
    state = try archive.value("selection")
    guard try archive.value("selection/keepsBest", as: Bool.self) else { return }
    bestWeights = try parameters.layout.parameters.flatMap { parameter in
      try archive.floats(
        "\(Self.bestPrefix)/\(parameter.name)", count: parameter.count, in: .weights)
    }
  }
}
