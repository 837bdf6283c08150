/// Where the derivative by a state that remembers another one goes: to that state, whose value it is, some steps
/// earlier in time.
///
/// A delay line of K steps gives its value z the derivative Σ_k W_kᵀ ḡ(t + k), where ḡ is the derivative by the sum
/// of products that reads all of it. Carried step by step, each of the K states would have a row that is read,
/// added to and written in every step. Read from where the ḡ of the last K steps are, the derivative is one product.
struct Postponement {
  /// The forward node of the state that is remembered.
  let node: Int
  /// How many steps ago it was.
  let steps: Int

  /// By state: where its derivative goes; nil for one that has to be carried, as something other than products
  /// reads it.
  static func find(in program: Program) -> [Postponement?] {
    let graph = program.graph
    var nodes = [Int?](repeating: nil, count: program.states.count)
    for (id, node) in graph.nodes.enumerated() {
      if case .state(let state) = node.operation { nodes[state] = id }
    }
    // The first reader of each node that is a product, and whether something else reads it.
    var firstProduct = [Int](repeating: .max, count: graph.nodes.count)
    var isReadElsewhere = [Bool](repeating: false, count: graph.nodes.count)
    let live = graph.ancestors(of: program.outputNodes + program.nextStates)
    for (id, node) in graph.nodes.enumerated() where live[id] {
      for operand in node.operands {
        if case .product = node.operation {
          firstProduct[operand] = min(firstProduct[operand], id)
        } else {
          isReadElsewhere[operand] = true
        }
      }
    }
    for node in program.outputNodes { isReadElsewhere[node] = true }

    var found = SharedHistory(of: program).origins.enumerated().map { state, origin in
      guard let origin, case .state(let source) = origin.source, let node = nodes[state],
        let target = nodes[source], !isReadElsewhere[node],
        // Derivatives are summed from the last node to the first.
        target < firstProduct[node]
      else { return Postponement?.none }
      return Postponement(node: target, steps: origin.steps)
    }
    // What is carried to a state has to be carried on.
    while let state = program.states.indices.first(where: { state in
      found[state] != nil
        && program.states.indices.contains {
          found[$0] == nil && program.nextStates[$0] == nodes[state]
        }
    }) {
      found[state] = nil
    }
    return found
  }
}
