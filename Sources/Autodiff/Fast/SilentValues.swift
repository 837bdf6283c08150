/// Finds values that may be zero most of the time: spikes, events and what is made of them, and inputs,
/// of which nothing is known. Products with them look at how many zeros there are.
enum SilentValues {
  /// Rows of fewer numbers are not worth looking at.
  static let fewest = 16

  /// Whether a node of the program may be silent.
  static func find(in program: Program) -> [Bool] {
    // A state is silent if it begins so and what it becomes is, which may follow from the state itself.
    var states = program.states.map { $0.initial == 0 }
    while true {
      let silent = find(in: program.graph) { operation in
        switch operation {
        case .input: true
        case .state(let index): states[index]
        default: false
        }
      }
      let found = states.indices.map { states[$0] && silent[program.nextStates[$0]] }
      if found == states { return silent }
      states = found
    }
  }

  /// Whether a node of the backward graph may be: saved values, as they are in the program.
  static func find(in backward: Backward, saved: [Bool]) -> [Bool] {
    find(in: backward.graph) { operation in
      if case .saved(let node) = operation { saved[node] } else { false }
    }
  }

  private static func find(in graph: Graph, source: (Operation) -> Bool) -> [Bool] {
    var silent: [Bool] = []
    for node in graph.nodes {
      let operands = node.operands.map { silent[$0] }
      let isSilent =
        switch node.operation {
        case .constant(let value): value == 0
        case .unary(.spike), .unary(.step): true
        case .unary(.affine(_, offset: 0)): operands[0]
        case .binary(.multiply): operands[0] || operands[1]
        case .select: operands[1] && operands[2]
        case .slice, .stopGradient, .straightThrough: operands[0]
        case .concatenate: operands.allSatisfy { $0 }
        default: source(node.operation)
        }
      silent.append(isSilent)
    }
    return silent
  }
}
