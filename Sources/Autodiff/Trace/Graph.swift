/// Nodes in an order in which operands precede their users. Equal nodes exist once.
struct Graph: Sendable {
  /// One value.
  struct Node: Hashable, Sendable {
    var operation: Operation
    var operands: [Int]
    var width: Int

    /// The operands to which a derivative flows.
    var operandsWithGradient: ArraySlice<Int> {
      switch operation {
      case .unary(.sign), .unary(.step), .unary(.inside), .binary(.greater), .maximumColumn,
        .stopGradient:
        []
      case .select: operands[1...]
      case .straightThrough: operands[1...]
      default: operands[...]
      }
    }
  }

  private(set) var nodes: [Node] = []
  /// Where each node is, to find equal ones; looked up, never iterated.
  private var known: [Node: Int] = [:]

  subscript(id: Int) -> Node { nodes[id] }

  /// The node's number; equal and trivially reducible nodes are shared.
  mutating func emit(_ operation: Operation, _ operands: [Int], width: Int) -> Int {
    if let simpler = simplify(operation, operands, width: width) { return simpler }
    let node = Node(operation: operation, operands: operands, width: width)
    if let id = known[node] { return id }
    nodes.append(node)
    known[node] = nodes.count - 1
    return nodes.count - 1
  }

  /// A number for the same value that needs less work, or nil.
  private mutating func simplify(_ operation: Operation, _ operands: [Int], width: Int) -> Int? {
    switch operation {
    case .slice(offset: 0) where nodes[operands[0]].width == width:
      return operands[0]
    case .slice(let offset):
      let source = nodes[operands[0]]
      switch source.operation {
      case .slice(let outer):
        return emit(.slice(offset: outer + offset), source.operands, width: width)
      case .concatenate:
        var first = 0
        for part in source.operands {
          let partWidth = nodes[part].width
          if offset >= first && offset + width <= first + partWidth {
            return emit(.slice(offset: offset - first), [part], width: width)
          }
          first += partWidth
        }
        return nil
      case .unary(let function):
        // Work on the slice alone; whole rows of products stay whole.
        let part = emit(operation, source.operands, width: width)
        return emit(.unary(function), [part], width: width)
      case .constant(let value):
        return emit(.constant(value), [], width: width)
      case .expand:
        return emit(.expand, source.operands, width: width)
      default: return nil
      }
    case .concatenate where operands.count == 1:
      return operands[0]
    case .expand where nodes[operands[0]].width == width:
      return operands[0]
    case .sumColumns where nodes[operands[0]].width == 1:
      return operands[0]
    case .unary(.affine(let scale, let offset)):
      if scale == 1 && offset == 0 { return operands[0] }
      if case .constant(let x) = nodes[operands[0]].operation {
        return emit(.constant(scale * x + offset), [], width: width)
      }
      if case .unary(.affine(let inner, let shift)) = nodes[operands[0]].operation,
        inner == -1 || scale == -1
      {
        return emit(
          .unary(.affine(scale: scale * inner, offset: scale * shift + offset)),
          nodes[operands[0]].operands, width: width)
      }
      return nil
    case .binary(let function):
      return simplify(function, operands[0], operands[1], width: width)
    default:
      return nil
    }
  }

  private mutating func simplify(_ function: Operation.Binary, _ a: Int, _ b: Int, width: Int)
    -> Int?
  {
    let (left, right) = (constant(a), constant(b))
    func affine(_ id: Int, _ scale: Float, _ offset: Float, in graph: inout Graph) -> Int {
      graph.emit(.unary(.affine(scale: scale, offset: offset)), [id], width: width)
    }
    switch function {
    case .add:
      if let right { return affine(a, 1, right, in: &self) }
      if let left { return affine(b, 1, left, in: &self) }
    case .subtract:
      if let right { return affine(a, 1, -right, in: &self) }
      if let left { return affine(b, -1, left, in: &self) }
    case .multiply:
      if let right { return affine(a, right, 0, in: &self) }
      if let left { return affine(b, left, 0, in: &self) }
    case .divide:
      // Only powers of two: other reciprocals would change the result's last bit.
      if let right, right != 0, right.significand == 1 { return affine(a, 1 / right, 0, in: &self) }
    default: break
    }
    return nil
  }

  private func constant(_ id: Int) -> Float? {
    if case .constant(let value) = nodes[id].operation { value } else { nil }
  }

  /// The nodes that `roots` need, as a mask.
  func ancestors(of roots: some Sequence<Int>) -> [Bool] {
    var needed = [Bool](repeating: false, count: nodes.count)
    for root in roots { needed[root] = true }
    for id in nodes.indices.reversed() where needed[id] {
      for operand in nodes[id].operands { needed[operand] = true }
    }
    return needed
  }

  /// The nodes that depend on nodes for which `isSeed` holds, the seeds included, as a mask.
  func descendants(where isSeed: (Node) -> Bool) -> [Bool] {
    var reached = [Bool](repeating: false, count: nodes.count)
    for (id, node) in nodes.enumerated() {
      reached[id] = isSeed(node) || node.operands.contains { reached[$0] }
    }
    return reached
  }
}
