import Envs

/// All that a batch shows, as bits, to be compared.
struct Snapshot: Equatable {
  let observations: [UInt32]
  let finalObservations: [UInt32]
  let rewards: [UInt32]
  let ends: [StepEnd]
  let executedActions: [UInt32]
  let counters: [UInt32]
  let trialEnds: [Bool]

  /// What `batch` shows in `rows`, or in all rows.
  init(_ batch: any VectorEnvironment, rows: Range<Int>? = nil) {
    let specification = batch.specification
    let rows = rows ?? 0..<batch.count
    func bits(_ start: UnsafePointer<Float>, _ size: Int) -> [UInt32] {
      (rows.lowerBound * size..<rows.upperBound * size).map { start[$0].bitPattern }
    }
    observations = bits(batch.observations, specification.observationSpace.count)
    finalObservations = bits(batch.finalObservations, specification.observationSpace.count)
    rewards = bits(batch.rewards, 1)
    ends = rows.map { batch.ends[$0] }
    executedActions = bits(batch.executedActions, specification.executedActionSize)
    counters = bits(batch.counters, specification.counterNames.count)
    trialEnds = rows.map { batch.endsTrial(row: $0) }
  }
}
