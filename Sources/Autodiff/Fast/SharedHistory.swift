/// States that hold what an input or another state was in an earlier step.
///
/// Sequences are in memory, as a whole or a segment with some steps before it, so such a state needs no
/// memory of its own: it is that of what it remembers, some steps earlier.
struct SharedHistory {
  /// What is remembered.
  enum Source: Hashable {
    case input(Int)
    case state(Int)
  }

  /// By state: what it remembers and how many steps back; nil for states with memory of their own.
  let origins: [(source: Source, steps: Int)?]

  init(of program: Program) {
    /// What a state becomes, where that is an input or a state.
    func next(_ state: Int) -> Source? {
      switch program.graph[program.nextStates[state]].operation {
      case .input(let index): .input(index)
      case .state(let index): .state(index)
      default: nil
      }
    }
    func origin(_ state: Int) -> (source: Source, steps: Int)? {
      guard var source = next(state) else { return nil }
      // States that take turns have no origin and are copied.
      for steps in 1...program.states.count {
        guard case .state(let earlier) = source, let before = next(earlier) else {
          return (source, steps)
        }
        source = before
      }
      return nil
    }
    // Two states that remember the same may begin with different numbers; only one can be that memory.
    var taken: [Source: Set<Int>] = [:]
    origins = program.states.indices.map { state in
      guard let origin = origin(state) else { return nil }
      return taken[origin.source, default: []].insert(origin.steps).inserted ? origin : nil
    }
  }

  /// How many steps before the first one the memory of `source` has to hold.
  func lead(of source: Source) -> Int {
    origins.reduce(0) { lead, origin in
      origin.map { $0.source == source ? max(lead, $0.steps) : lead } ?? lead
    }
  }
}
