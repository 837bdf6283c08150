extension Graph {
  /// The same computation with every operand that a kernel must find in memory computed into memory:
  /// products, reductions and repetitions cannot read constants, parameters or repetitions.
  ///
  /// - Returns: the graph, and the new number of each node.
  func normalized() -> (graph: Graph, map: [Int]) {
    var result = Graph()
    var map: [Int] = []
    for node in nodes {
      var operands = node.operands.map { map[$0] }
      switch node.operation {
      case .product, .sumColumns, .maximumColumn, .expand:
        operands[0] = result.inMemory(operands[0])
      default: break
      }
      map.append(result.emit(node.operation, operands, width: node.width))
    }
    return (result, map)
  }

  /// A node with the value of `id` that has rows of its own.
  mutating func inMemory(_ id: Int) -> Int {
    switch nodes[base(of: id)].operation {
    case .constant, .vector, .expand: return copy(of: id)
    default: return id
    }
  }

  /// The node that `id` is a slice of, or `id` itself.
  func base(of id: Int) -> Int {
    var base = id
    while case .slice = nodes[base].operation { base = nodes[base].operands[0] }
    return base
  }

  /// A node with the value of `id` that is computed, not a source or a view.
  mutating func computed(_ id: Int) -> Int {
    switch nodes[id].operation {
    case .slice, .expand, .concatenate: return copy(of: id)
    case let operation where operation.isSource: return copy(of: id)
    default: return id
    }
  }

  /// A node that copies the value of `id` and lets its gradient through.
  mutating func copy(of id: Int) -> Int {
    emit(.straightThrough, [id, id], width: nodes[id].width)
  }
}

extension Program {
  /// The program with operands in memory where kernels need them, and every output and next state
  /// computed by a node of its own; states with a ``SharedHistory`` have none.
  func normalized() -> Program {
    var result = self
    let (graph, map) = graph.normalized()
    result.graph = graph
    result.outputNodes = outputNodes.map { result.graph.computed(map[$0]) }
    var taken: Set<Int> = []
    let history = SharedHistory(of: self)
    result.nextStates = nextStates.enumerated().map { state, next in
      if history.origins[state] != nil { return map[next] }
      var node = result.graph.computed(map[next])
      while !taken.insert(node).inserted { node = result.graph.copy(of: node) }
      return node
    }
    return result
  }
}

extension Backward {
  /// The graph with operands in memory where kernels need them.
  func normalized() -> Backward {
    var result = self
    let (graph, map) = graph.normalized()
    result.graph = graph
    var taken: Set<Int> = []
    result.carries = carries.map { carry in
      guard let carry else { return nil }
      var node = result.graph.computed(map[carry])
      while !taken.insert(node).inserted { node = result.graph.copy(of: node) }
      return node
    }
    result.remembered = remembered.map { remembered in
      var node = result.graph.computed(map[remembered])
      while !taken.insert(node).inserted { node = result.graph.copy(of: node) }
      return node
    }
    result.inputGradients = inputGradients.map { gradient in
      gradient.map { result.graph.computed(map[$0]) }
    }
    result.accumulations = accumulations.map { accumulation in
      Accumulation(
        parameter: accumulation.parameter,
        gradient: result.graph.inMemory(map[accumulation.gradient]),
        factor: accumulation.factor.map {
          (result.graph.inMemory(map[$0.rows]), $0.firstRow, $0.rowCount)
        })
    }
    return result
  }
}
