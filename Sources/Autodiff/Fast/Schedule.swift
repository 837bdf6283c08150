/// The order in which a graph's nodes are computed, and which of them are computed together.
struct Schedule {
  /// What one kernel computes.
  enum Unit {
    /// A sum of products.
    case product(Int)
    /// A reduction of rows.
    case reduce(Int)
    /// Elementwise nodes of one width, in order.
    case fused([Int])
    /// The parts of a concatenation that could not be written in place.
    case gather(Int)
  }

  /// Longer groups would need more registers than fit the first-level cache.
  private static let largestGroup = 64

  let graph: Graph
  let live: [Bool]
  let phases: [Phase]
  let groups: [LinearGroup?]
  let absorbed: [Bool]
  /// The units of each phase.
  private(set) var units: [[Unit]] = [[], [], []]
  /// The unit that computes a node: unique numbers over all phases; -1 for sources and views.
  private(set) var unitOf: [Int]

  init(graph: Graph, roots: [Int], nextStates: [Int], hoisting: Bool) {
    self.graph = graph
    live = graph.ancestors(of: roots)
    var isRoot = [Bool](repeating: false, count: graph.nodes.count)
    for root in roots { isRoot[root] = true }
    var phases = Phase.assign(graph, nextStates: nextStates)
    Phase.sinkCheapNodes(of: graph, live: live, isRoot: isRoot, in: &phases)
    self.phases = phases
    (groups, absorbed) = LinearGroup.find(
      in: graph, live: live, isRoot: isRoot, phases: phases, hoisting: hoisting)
    unitOf = Array(repeating: -1, count: graph.nodes.count)
    order()
  }

  /// What a node reads.
  func operands(of id: Int) -> [Int] { groups[id]?.operands ?? graph[id].operands }

  /// Whether a node is part of a fused group.
  func isElementwise(_ id: Int) -> Bool {
    groups[id] == nil && graph[id].operation.isElementwise
  }

  private mutating func order() {
    var done = graph.nodes.map(\.operation.isSource)
    var count = 0
    func isReady(_ id: Int) -> Bool { operands(of: id).allSatisfy { done[$0] } }
    for phase in Phase.allCases {
      var waiting = graph.nodes.indices.filter {
        live[$0] && !absorbed[$0] && !done[$0] && phases[$0] == phase
      }
      while !waiting.isEmpty {
        // Views and products first: they make the most elementwise work ready at once.
        let ready = waiting.filter { !isElementwise($0) && isReady($0) }
        if !ready.isEmpty {
          for id in ready {
            done[id] = true
            switch graph[id].operation {
            case .slice, .expand: break
            case .concatenate:
              units[phase.rawValue].append(.gather(id))
              unitOf[id] = count
              count += 1
            case .sumColumns, .maximumColumn:
              units[phase.rawValue].append(.reduce(id))
              unitOf[id] = count
              count += 1
            default:
              units[phase.rawValue].append(.product(id))
              unitOf[id] = count
              count += 1
            }
          }
        } else {
          let first = waiting.first { isElementwise($0) && isReady($0) }!
          let width = graph[first].width
          var members: [Int] = []
          for id in waiting
          where members.count < Self.largestGroup && isElementwise(id)
            && graph[id].width == width && isReady(id)
          {
            members.append(id)
            done[id] = true
          }
          for id in members { unitOf[id] = count }
          units[phase.rawValue].append(.fused(members))
          count += 1
        }
        waiting.removeAll { done[$0] }
      }
    }
  }
}
