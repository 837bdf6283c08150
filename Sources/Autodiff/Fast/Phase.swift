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

  /// The phase of every node of `graph`, whose next states, and what later steps read, are `nextStates`.
  static func assign(_ graph: Graph, nextStates: [Int]) -> [Phase] {
    let dependent = graph.descendants {
      switch $0.operation {
      case .state, .later: true
      default: false
      }
    }
    let needed = graph.ancestors(of: nextStates)
    return graph.nodes.indices.map { id in
      if !dependent[id] { .before } else if needed[id] { .within } else { .after }
    }
  }

  /// Moves functions of a single node that take one operation into the recurrence, where all that reads them is
  /// fused there: an operation a step is less work than a row written to memory and read again.
  static func sinkCheapNodes(
    of graph: Graph, live: [Bool], isRoot: [Bool], in phases: inout [Phase]
  ) {
    var isReadElsewhere = isRoot
    for id in graph.nodes.indices.reversed() where live[id] {
      let node = graph[id]
      if phases[id] == .before, node.operation.isCheap, !isReadElsewhere[id] {
        phases[id] = .within
      }
      for operand in node.operands {
        let isFused =
          phases[id] == .within && node.operation.isElementwise
          && graph[operand].width == node.width
        if !isFused { isReadElsewhere[operand] = true }
      }
    }
  }
}
