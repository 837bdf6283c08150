/// When a node of a step can be computed, relative to the recurrence.
///
/// Nodes before and after the recurrence run for many time steps at once, as if the steps were rows;
/// only the nodes within it run step by step.
enum Phase: Int, Sendable, Comparable, CaseIterable {
  /// Needs no state: inputs and what follows from them.
  case before
  /// On a path from a state to a next state.
  case within
  /// Needs a state, and no next state needs it.
  case after

  static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }

  /// The phase of every node of `graph`, whose next states are `nextStates`.
  static func assign(_ graph: Graph, nextStates: [Int]) -> [Phase] {
    let dependent = graph.descendants {
      if case .state = $0.operation { true } else { false }
    }
    let needed = graph.ancestors(of: nextStates)
    return graph.nodes.indices.map { id in
      if !dependent[id] { .before } else if needed[id] { .within } else { .after }
    }
  }
}
