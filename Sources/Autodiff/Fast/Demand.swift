/// Where the numbers of a derivative are wanted: those that everything multiplies by zero need not be computed.
///
/// The derivative by a spike is multiplied by a surrogate that is zero away from the threshold, that by what a
/// unit emits by its event as well. So a number is wanted only where one of a few *conditions* on what the forward
/// pass saved holds, often of the step before: a carry is read one step further back in time.
///
/// Source: Subramoney, Nazeer, Schöne, Mayr & Kappel, "Efficient recurrent architectures through activity sparsity
/// and sparse back-propagation through time", ICLR 2023.
struct Demand: Hashable {
  /// A reason to want a number.
  struct Condition: Hashable {
    /// The node of the backward graph with a saved value.
    var node: Int
    /// How many steps before the product's that value is.
    var stepsBack: Int
    var test: Test
  }

  /// What a saved number is asked.
  enum Test: Hashable {
    case isNotZero
    case isBetween(low: Float, high: Float)
  }

  /// Products of fewer numbers cost hardly more than it takes to see where they are wanted.
  static let leastDepth = 32
  /// As many as the kernels look at.
  private static let mostConditions = 2

  /// A number is wanted where any of them holds.
  private(set) var conditions: Set<Condition>
  /// The most steps that a condition looks back.
  var stepsBack: Int { conditions.lazy.map(\.stepsBack).max() ?? 0 }

  private init(_ conditions: Set<Condition> = []) { self.conditions = conditions }

  /// Wanted where either is; nil, everywhere, if that takes too many conditions.
  private func union(_ other: Demand) -> Demand? {
    let all = conditions.union(other.conditions)
    return all.count <= Self.mostConditions ? Demand(all) : nil
  }

  /// The same, for whom these are the conditions of the step before.
  private var inStepAfter: Demand {
    Demand(
      Set(
        conditions.map { .init(node: $0.node, stepsBack: $0.stepsBack + 1, test: $0.test) }))
  }

  /// By node of the backward graph: where it is wanted; nil for everywhere.
  static func find(in backward: Backward, silent: [Bool]) -> [Demand?] {
    var finder = Finder(backward: backward, silent: silent)
    return finder.find()
  }

  /// Begins with nodes that are wanted nowhere, and adds what their readers want until that is all.
  private struct Finder {
    private let graph: Graph
    private let silent: [Bool]
    /// By node: live nodes that read it, and as which operand.
    private var readers: [[(node: Int, place: Int)]]
    /// By node: the nodes with the states that it is carried to.
    private var carried: [[Int]]
    /// What something outside reads.
    private let isRead: Set<Int>
    /// By node, as far as it is known.
    private var demands: [Demand?]

    init(backward: Backward, silent: [Bool]) {
      graph = backward.graph
      self.silent = silent
      let count = graph.nodes.count
      readers = Array(repeating: [], count: count)
      carried = Array(repeating: [], count: count)
      demands = Array(repeating: Demand(), count: count)
      let live = graph.ancestors(of: backward.roots)
      for (id, node) in graph.nodes.enumerated() where live[id] {
        for (place, operand) in node.operands.enumerated() { readers[operand].append((id, place)) }
        if case .state(let state) = node.operation, let carry = backward.carries[state] {
          carried[carry].append(id)
        }
      }
      isRead = Set(
        backward.inputGradients.compactMap { $0 }
          + backward.accumulations.flatMap { [$0.gradient] + ($0.factor.map { [$0.rows] } ?? []) }
          + backward.remembered)
    }

    mutating func find() -> [Demand?] {
      // Wishes pass one carry a round. Those that never settle, should there be any, want everything.
      for _ in demands.indices {
        let before = demands
        for id in demands.indices.reversed() { demands[id] = wanted(id) }
        if demands == before { return demands.map { $0 == Demand() ? nil : $0 } }
      }
      return demands.map { _ in nil }
    }

    /// Where the readers of a node want it.
    private func wanted(_ id: Int) -> Demand? {
      guard !isRead.contains(id) else { return nil }
      var union = Demand()
      let wishes =
        carried[id].map { demands[$0]?.inStepAfter }
        + readers[id].map { demand(of: $0.node, operand: $0.place) }
      for wish in wishes {
        guard let wish, let larger = union.union(wish) else { return nil }
        union = larger
      }
      return union
    }

    /// Where a node needs one of its operands.
    private func demand(of id: Int, operand place: Int) -> Demand? {
      let operands = graph[id].operands
      switch graph[id].operation {
      case .unary(.affine), .binary(.add), .binary(.subtract), .stopGradient, .straightThrough:
        return demands[id]
      case .binary(.sigmoidGradient), .binary(.tanhGradient), .binary(.clampGradient),
        .binary(.divide):
        return place == 0 ? demands[id] : nil
      case .binary(.spikeGradient(let surrogate)) where place == 0:
        return support(of: surrogate, at: operands[1]) ?? demands[id]
      case .binary(.multiply):
        let other = operands[1 - place]
        if let demand = demands[id] { return demand }
        guard case .saved = graph[other].operation, silent[other] else { return nil }
        return Demand([.init(node: other, stepsBack: 0, test: .isNotZero)])
      case .select where place > 0: return demands[id]
      default: return nil
      }
    }

    /// Where a surrogate of a saved number is not zero.
    private func support(of surrogate: Surrogate, at distance: Int) -> Demand? {
      guard surrogate.hasCompactSupport else { return nil }
      var (node, scale, offset) = (distance, Float(1), Float(0))
      if case .unary(.affine(let factor, let shift)) = graph[node].operation, factor != 0 {
        (node, scale, offset) = (graph[node].operands[0], factor, shift)
      }
      guard case .saved = graph[node].operation else { return nil }
      // A little more than the support, whatever rounding does: what is wanted in vain is computed in vain.
      let reach = surrogate.halfWidth + 1e-5 * (surrogate.halfWidth + abs(offset))
      let (a, b) = ((-reach - offset) / scale, (reach - offset) / scale)
      return Demand([
        .init(node: node, stepsBack: 0, test: .isBetween(low: min(a, b), high: max(a, b)))
      ])
    }
  }
}
