/// A sum of products computed as one: bias + addend + Σ xᵢ Wᵢ, kept in registers until it is whole.
struct LinearGroup {
  /// One product of the sum.
  struct Term {
    /// The node that is multiplied.
    var rows: Int
    var parameter: Int
    var firstRow: Int
    var rowCount: Int
    var transposed: Bool
  }

  var terms: [Term] = []
  /// A vector parameter, added once.
  var bias: Int?
  /// A node in memory, added once.
  var addend: Int?

  /// The nodes it reads from memory.
  var operands: [Int] { terms.map(\.rows) + (addend.map { [$0] } ?? []) }

  /// Finds the sums of products in `graph`.
  ///
  /// - Parameters:
  ///   - live: the nodes that are needed at all.
  ///   - isRoot: the nodes that something outside the graph reads.
  ///   - phases: when each node runs.
  ///   - hoisting: whether products that need no state run before the recurrence, as their own sum.
  /// - Returns: the group that computes a node, by node, and which nodes vanish inside a group.
  static func find(
    in graph: Graph, live: [Bool], isRoot: [Bool], phases: [Phase], hoisting: Bool
  ) -> (groups: [LinearGroup?], absorbed: [Bool]) {
    var users = [[Int]](repeating: [], count: graph.nodes.count)
    for (id, node) in graph.nodes.enumerated() where live[id] {
      for operand in node.operands { users[operand].append(id) }
    }
    var groups = [LinearGroup?](repeating: nil, count: graph.nodes.count)
    var absorbed = [Bool](repeating: false, count: graph.nodes.count)

    func isSum(_ id: Int) -> Bool { graph[id].operation == .binary(.add) }
    func isProduct(_ id: Int) -> Bool {
      if case .product = graph[id].operation { true } else { false }
    }
    /// Whether `id` may vanish inside the sum `root`.
    func vanishes(_ id: Int, into root: Int) -> Bool {
      !isRoot[id] && users[id].count == 1 && (isSum(id) || isProduct(id))
        && !(hoisting && phases[id] == .before && phases[root] != .before)
    }
    /// The leaves of the sum below `id`, and the inner nodes.
    func flatten(_ id: Int, root: Int, leaves: inout [Int], inner: inout [Int]) {
      guard id == root || vanishes(id, into: root) else {
        leaves.append(id)
        return
      }
      if isSum(id) {
        if id != root { inner.append(id) }
        for operand in graph[id].operands {
          flatten(operand, root: root, leaves: &leaves, inner: &inner)
        }
      } else if id == root || isProduct(id) {
        leaves.append(id)
      }
    }

    for id in graph.nodes.indices.reversed() where live[id] && !absorbed[id] {
      guard isSum(id) || isProduct(id) else { continue }
      var (leaves, inner): ([Int], [Int]) = ([], [])
      flatten(id, root: id, leaves: &leaves, inner: &inner)
      var group = LinearGroup()
      var others: [Int] = []
      for leaf in leaves {
        switch graph[leaf].operation {
        case .product(let parameter, let firstRow, let rowCount, let transposed)
        where leaf == id || vanishes(leaf, into: id):
          group.terms.append(
            .init(
              rows: graph[leaf].operands[0], parameter: parameter, firstRow: firstRow,
              rowCount: rowCount, transposed: transposed))
        case .vector(let parameter) where group.bias == nil: group.bias = parameter
        default: others.append(leaf)
        }
      }
      guard !group.terms.isEmpty, others.count <= 1 else { continue }
      if let other = others.first {
        // Fetching the other term from memory pays if it is there anyway, or if the sum has to go
        // to memory; otherwise the sum is left to its elementwise neighbours.
        let inMemory = graph[other].operation.isSource || isProduct(other)
        let staysInGroup =
          !isRoot[id] && !users[id].isEmpty
          && users[id].allSatisfy { graph[$0].operation.isElementwise }
        if case .constant = graph[other].operation { continue }
        if case .vector = graph[other].operation { continue }
        guard inMemory || !staysInGroup else { continue }
        group.addend = other
      }
      groups[id] = group
      for node in inner { absorbed[node] = true }
      for leaf in leaves where leaf != id && isProduct(leaf) && vanishes(leaf, into: id) {
        absorbed[leaf] = true
      }
    }
    return (groups, absorbed)
  }
}
