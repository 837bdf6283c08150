/// Turns a graph into kernels: decides where each value lives and which kernel computes it.
struct Lowering {
  /// Where a kernel finds an operand.
  enum Source: Hashable {
    case memory(Placement)
    /// A vector parameter, from this offset into the parameters.
    case vector(Int)
    case constant(Float)
  }

  let schedule: Schedule
  let layout: ParameterLayout
  /// How many steps a block has.
  let blockSteps: Int
  /// How many steps a sequence has.
  let steps: Int
  /// Nodes that survive the whole sequence.
  let sequenceRoots: Set<Int>
  /// Nodes that survive a segment, and how many steps that has; all of them survive the sequence where
  /// it has no segments.
  let segmentRoots: Set<Int>
  let segmentSteps: Int?
  /// Nodes that survive a block.
  let blockRoots: Set<Int>
  /// Nodes of which many numbers may be zero.
  let silent: [Bool]
  /// By node: where its numbers are wanted; nil for everywhere.
  let demands: [Demand?]

  private(set) var regions: [Region]
  private(set) var placements: [Placement?]
  private(set) var kernels: [[Kernel]] = [[], [], []]
  private(set) var packedSize: Int
  /// Phases in which a node is read from memory.
  private let readers: [Set<Phase>]

  private var graph: Graph { schedule.graph }

  /// - Parameter placements: where sources and next states live; the rest is decided here.
  init(
    schedule: Schedule, layout: ParameterLayout, blockSteps: Int, steps: Int,
    sequenceRoots: Set<Int>, segmentRoots: Set<Int>, segmentSteps: Int?, blockRoots: Set<Int>,
    silent: [Bool], demands: [Demand?], regions: [Region], placements: [Placement?],
    packedSize: Int
  ) {
    self.schedule = schedule
    self.layout = layout
    self.blockSteps = blockSteps
    self.steps = steps
    self.sequenceRoots = sequenceRoots
    self.segmentRoots = segmentRoots
    self.segmentSteps = segmentSteps
    self.blockRoots = blockRoots
    self.silent = silent
    self.demands = demands
    self.regions = regions
    self.placements = placements
    self.packedSize = packedSize
    readers = Self.readers(in: schedule)
    place()
    for phase in Phase.allCases {
      kernels[phase.rawValue] = schedule.units[phase.rawValue].flatMap { self.lower($0) }
    }
  }

  /// The phases in which each node is read by a kernel that does not compute it.
  static func readers(in schedule: Schedule) -> [Set<Phase>] {
    let graph = schedule.graph
    var readers = [Set<Phase>](repeating: [], count: graph.nodes.count)
    for id in graph.nodes.indices.reversed() where schedule.live[id] && !schedule.absorbed[id] {
      let isView = schedule.unitOf[id] < 0
      for operand in schedule.operands(of: id) {
        if isView {
          readers[operand].formUnion(readers[id])
        } else if schedule.unitOf[id] != schedule.unitOf[operand] {
          readers[operand].insert(schedule.phases[id])
          // A part written into a concatenation lives as long as that.
          if case .concatenate = graph[id].operation { readers[operand].formUnion(readers[id]) }
        }
      }
    }
    return readers
  }

  // MARK: Places

  private mutating func place() {
    for id in graph.nodes.indices where schedule.live[id] && schedule.unitOf[id] >= 0 {
      guard case .concatenate = graph[id].operation, placements[id] == nil else { continue }
      let placement = newPlacement(for: id)
      placements[id] = placement
      var column = 0
      for part in graph[id].operands {
        let isFree =
          placements[part] == nil && schedule.unitOf[part] >= 0 && !isKept(part)
        if isFree, graph[part].operation != .concatenate {
          placements[part] = Placement(
            region: placement.region, column: column, stepOffset: placement.stepOffset)
        }
        column += graph[part].width
      }
    }
    for id in graph.nodes.indices
    where schedule.live[id] && schedule.unitOf[id] >= 0 && placements[id] == nil {
      let isRoot = isKept(id) || blockRoots.contains(id)
      if isRoot || !schedule.isElementwise(id) || !readers[id].isEmpty {
        placements[id] = newPlacement(for: id)
      }
    }
  }

  /// Whether the node survives its block: for somebody outside, or for the backward pass.
  private func isKept(_ id: Int) -> Bool {
    sequenceRoots.contains(id) || segmentRoots.contains(id)
  }

  private mutating func newPlacement(for id: Int) -> Placement {
    // The parts of a concatenation live in its region.
    var tenants = [id]
    if graph[id].operation == .concatenate { tenants += graph[id].operands }
    let staysWithinStep = tenants.allSatisfy { tenant in
      !blockRoots.contains(tenant) && schedule.phases[tenant] == .within
        && readers[tenant].allSatisfy { $0 == .within }
    }
    let lifetime: Region.Lifetime
    if sequenceRoots.contains(id) {
      lifetime = .sequence(count: steps)
    } else if segmentRoots.contains(id) {
      lifetime = segmentSteps.map { .segment(count: $0) } ?? .sequence(count: steps)
    } else {
      lifetime = staysWithinStep ? .step : .block(count: blockSteps)
    }
    regions.append(Region(lifetime: lifetime, width: graph[id].width))
    return Placement(region: regions.count - 1)
  }

  /// Where the value of a node is read from.
  func source(of id: Int) -> Source {
    if let placement = placements[id] { return .memory(placement) }
    let node = graph[id]
    switch node.operation {
    case .constant(let value): return .constant(value)
    case .vector(let parameter): return .vector(layout.offsets[parameter])
    case .slice(let offset):
      switch source(of: node.operands[0]) {
      case .memory(var placement):
        if !placement.isSplat { placement.column += offset }
        return .memory(placement)
      case .vector(let first): return .vector(first + offset)
      case .constant(let value): return .constant(value)
      }
    case .expand:
      guard case .memory(var placement) = source(of: node.operands[0]) else {
        preconditionFailure("a repeated number has to be in memory")
      }
      placement.isSplat = true
      return .memory(placement)
    default:
      preconditionFailure("node \(id), \(node.operation), has no place")
    }
  }

  /// Where a node that must be in memory is.
  func memory(_ id: Int) -> Placement {
    guard case .memory(let placement) = source(of: id), !placement.isSplat else {
      preconditionFailure("node \(id) has to have rows in memory")
    }
    return placement
  }

  // MARK: Kernels

  private mutating func lower(_ unit: Schedule.Unit) -> [Kernel] {
    switch unit {
    case .product(let id): return [.product(product(id))]
    case .reduce(let id):
      let operand = graph[id].operands[0]
      return [
        .reduce(
          maximum: graph[id].operation == .maximumColumn, from: memory(operand),
          width: graph[operand].width, to: memory(id))
      ]
    case .fused(let members):
      var builder = FusedBuilder(members: members, lowering: self)
      return [.fused(builder.build())]
    case .gather(let id): return gather(id)
    }
  }

  private mutating func product(_ id: Int) -> Kernel.Product {
    let group = schedule.groups[id]!
    let terms = group.terms.map { term -> Kernel.Product.Term in
      return .init(
        rows: memory(term.rows),
        matrix: layout.place(of: term.parameter, firstRow: term.firstRow, rows: term.rowCount),
        isTransposed: term.transposed, maybeSilent: isWorthCounting(term.rows))
    }
    let kernel = Kernel.Product(
      terms: terms, columns: graph[id].width, biasOffset: group.bias.map { layout.offsets[$0] },
      addend: group.addend.map { memory($0) }, out: memory(id), packedOffset: packedSize,
      conditions: conditions(id, group))
    packedSize += kernel.packedSize
    return kernel
  }

  /// Where the numbers of a sum of products are wanted, if that is worth looking at.
  private func conditions(_ id: Int, _ group: LinearGroup) -> [Kernel.Condition] {
    guard let demand = demands[id], graph[id].width >= SilentValues.fewest,
      group.terms.allSatisfy({ $0.transposed && graph[$0.rows].width >= Demand.leastDepth }),
      // Blocks of steps would reach behind the first one.
      demand.stepsBack == 0 || schedule.phases[id] == .within
    else { return [] }
    return demand.conditions.sorted { $0.node < $1.node }.map { condition in
      var rows = memory(condition.node)
      rows.stepOffset -= condition.stepsBack
      return .init(rows: rows, test: condition.test, stepsBack: condition.stepsBack)
    }
  }

  /// Whether zeros of a node's rows are worth counting.
  func isWorthCounting(_ id: Int) -> Bool {
    silent[id] && graph[id].width >= SilentValues.fewest
  }

  /// Copies of the parts of a concatenation that live elsewhere.
  private func gather(_ id: Int) -> [Kernel] {
    let whole = memory(id)
    var column = 0
    var kernels: [Kernel] = []
    for part in graph[id].operands {
      let width = graph[part].width
      let target = Placement(
        region: whole.region, column: whole.column + column, stepOffset: whole.stepOffset)
      if placements[part] != target {
        kernels.append(.fused(FusedBuilder.copy(from: source(of: part), to: target, width: width)))
      }
      column += width
    }
    return kernels
  }
}
