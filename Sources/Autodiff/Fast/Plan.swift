import CKernels

/// A program compiled for one number of rows and steps: regions of an arena and kernels by phase.
struct Plan {
  let program: Program
  let backward: Backward?
  let rows: Int
  let steps: Int
  /// Steps that run together outside the recurrence; a power of two.
  let blockSteps: Int
  /// Steps of which the backward pass has everything in memory at once; nil for all.
  let segmentSteps: Int?
  private(set) var regions: [Region] = []
  private(set) var forwardKernels: [[Kernel]]
  private(set) var backwardKernels: [[Kernel]] = [[], [], []]
  private(set) var packedSize = 0
  let inputs: [Placement]
  let states: [Placement]
  let outputs: [Placement]
  /// The outputs of which only the sums over rows and steps are wanted.
  let totals: [Int]
  /// By output; nil for outputs the objective does not read.
  private(set) var cotangents: [Placement?]
  /// By state: the derivative by the state at a step; nil where it is not known step by step.
  private(set) var carries: [Placement?]
  /// By input; nil where not wanted or zero.
  private(set) var inputGradients: [Placement?]
  /// What the backward pass reads of later steps, and how many of them.
  private(set) var remembered: [(placement: Placement, reach: Int)] = []

  /// Rows of a block: enough for weight gradients to run at full speed, few enough that what they
  /// read is still in the second-level cache.
  private static let blockRows = 128
  /// Below this many rows, products of inputs are worth computing for a whole block at once.
  private static let hoistingRows = 8

  init(
    program original: Program, rows: Int, steps: Int, objectives: [Int],
    inputGradients wanted: [Int], totals: [Int] = [], segmentSteps wantedSegment: Int? = nil,
    givesStateGradients: Bool = false, keepsStates: Bool = true
  ) {
    let program = original.normalized()
    let backward =
      objectives.isEmpty
      ? nil
      : Backward(
        of: program, objectives: objectives, inputs: wanted, postpones: !givesStateGradients
      ).normalized()
    self.program = program
    self.backward = backward
    self.rows = rows
    self.steps = steps
    self.totals = totals
    var block = 1
    while block * 2 * rows <= Self.blockRows && block < steps { block *= 2 }
    blockSteps = block
    // Blocks do not cross the ends of segments.
    let segment = wantedSegment.map { max($0 / block, 1) * block }.flatMap { $0 < steps ? $0 : nil }
    segmentSteps = segment
    /// What survives until the backward pass has read it.
    func untilBackward(extra: Int = 0) -> Region.Lifetime {
      segment.map { .segment(count: $0 + extra) } ?? .sequence(count: steps + extra)
    }
    let layout = ParameterLayout(program.parameters)
    let hoisting = rows < Self.hoistingRows

    var regions: [Region] = []
    func newRegion(_ lifetime: Region.Lifetime, _ width: Int, lead: Int = 0) -> Placement {
      regions.append(Region(lifetime: lifetime, width: width, lead: lead))
      return Placement(region: regions.count - 1)
    }

    // Forward.
    let keptOutputs = Set(program.outputs.indices).subtracting(totals)
    let outputNodes = Set(keptOutputs.map { program.outputNodes[$0] })
    let totalNodes = Set(totals.map { program.outputNodes[$0] })
    let saved = backward?.savedNodes ?? []
    let schedule = Schedule(
      graph: program.graph,
      roots: program.nextStates + outputNodes.union(totalNodes).union(saved).sorted(),
      nextStates: program.nextStates, hoisting: hoisting)
    let history = SharedHistory(of: program)
    // A state that only the recurrence reads needs two places in turn.
    let isWithin = Self.statesWithin(
      schedule, of: program, except: outputNodes.union(totalNodes).union(saved))
    func lifetime(ofState index: Int) -> Region.Lifetime {
      if outputNodes.contains(program.nextStates[index]) { return .sequence(count: steps + 1) }
      let takesTurns = !keepsStates && isWithin[index] && history.lead(of: .state(index)) == 0
      return takesTurns ? .ring(count: 2) : untilBackward(extra: 1)
    }
    let inputs = program.inputs.enumerated().map { index, port in
      newRegion(.sequence(count: steps), port.width, lead: history.lead(of: .input(index)))
    }
    let ownStates = program.states.enumerated().map { index, state in
      let lifetime = lifetime(ofState: index)
      // Before the places in turn is one for what the state was before the first step.
      let lead = if case .ring = lifetime { 1 } else { history.lead(of: .state(index)) }
      return history.origins[index] == nil
        ? newRegion(lifetime, state.width, lead: lead) : nil
    }
    let states = program.states.indices.map { index in
      guard let origin = history.origins[index] else { return ownStates[index]! }
      var placement =
        switch origin.source {
        case .input(let input): inputs[input]
        case .state(let state): ownStates[state]!
        }
      placement.stepOffset = -origin.steps
      return placement
    }
    self.inputs = inputs
    self.states = states
    var placements = [Placement?](repeating: nil, count: program.graph.nodes.count)
    for (id, node) in program.graph.nodes.enumerated() {
      switch node.operation {
      case .input(let index): placements[id] = inputs[index]
      case .state(let index): placements[id] = states[index]
      default: break
      }
    }
    for (state, next) in program.nextStates.enumerated() where history.origins[state] == nil {
      placements[next] = states[state]
      placements[next]!.stepOffset = 1
    }
    let silent = SilentValues.find(in: program)
    let forward = Lowering(
      schedule: schedule, layout: layout, blockSteps: block, steps: steps,
      sequenceRoots: outputNodes, segmentRoots: Set(saved), segmentSteps: segment,
      blockRoots: totalNodes, silent: silent,
      demands: Array(repeating: nil, count: program.graph.nodes.count), regions: regions,
      placements: placements, packedSize: 0)
    regions = forward.regions
    forwardKernels = forward.kernels
    packedSize = forward.packedSize
    outputs = program.outputNodes.map { forward.placements[$0]! }
    cotangents = Array(repeating: nil, count: program.outputs.count)
    carries = Array(repeating: nil, count: program.states.count)
    inputGradients = Array(repeating: nil, count: program.inputs.count)

    // Backward.
    if let backward {
      let graph = backward.graph
      let nextCarries = backward.carries.compactMap { $0 }
      let wantedNodes = backward.inputGradients.compactMap { $0 }
      let blockRoots = Set(
        backward.accumulations.flatMap { [$0.gradient] + ($0.factor.map { [$0.rows] } ?? []) }
          .map { graph.base(of: $0) })
      let schedule = Schedule(
        graph: graph, roots: backward.roots, nextStates: nextCarries + backward.remembered,
        hoisting: hoisting)
      let readers = Lowering.readers(in: schedule)
      for output in objectives {
        cotangents[output] = newRegion(
          totals.contains(output) ? .block(count: block) : .sequence(count: steps),
          program.outputs[output].width)
      }
      remembered = backward.remembered.indices.map { index in
        let reach = backward.reach(ofRemembered: index)
        let staysWithin = graph.nodes.indices.allSatisfy { id in
          guard case .later(index, _) = graph[id].operation else { return true }
          return readers[id].allSatisfy { $0 == .within }
        }
        var ring = block
        while ring < block + reach { ring *= 2 }
        let width = graph[backward.remembered[index]].width
        return (
          newRegion(staysWithin ? .ring(count: ring) : .sequence(count: steps + reach), width),
          reach
        )
      }
      // A carry that only the recurrence reads and writes needs two places in turn.
      for (state, carry) in backward.carries.enumerated() where !backward.isPostponed[state] {
        var involved = graph.nodes.indices.filter { graph[$0].operation == .state(state) }
        if let carry { involved.append(carry) }
        let staysWithin =
          involved.allSatisfy { id in
            readers[id].allSatisfy { $0 == .within } && !blockRoots.contains(id)
          } && carry.map { schedule.phases[$0] == .within } ?? true
        carries[state] = newRegion(
          staysWithin ? .ring(count: 2) : untilBackward(extra: 1), program.states[state].width)
      }
      var placements = [Placement?](repeating: nil, count: graph.nodes.count)
      for (id, node) in graph.nodes.enumerated() {
        switch node.operation {
        case .saved(let saved): placements[id] = forward.placements[saved]
        case .cotangent(let output): placements[id] = cotangents[output]
        case .state(let state):
          placements[id] = carries[state]
          placements[id]!.stepOffset = 1
        case .later(let index, let steps):
          placements[id] = remembered[index].placement
          placements[id]!.stepOffset = steps
        default: break
        }
      }
      for (state, carry) in backward.carries.enumerated() {
        if let carry { placements[carry] = carries[state] }
      }
      for (node, place) in zip(backward.remembered, remembered) {
        placements[node] = place.placement
      }
      let silentHere = SilentValues.find(in: backward, saved: silent)
      let lowering = Lowering(
        schedule: schedule, layout: layout, blockSteps: block, steps: steps,
        sequenceRoots: Set(wantedNodes), segmentRoots: [], segmentSteps: segment,
        blockRoots: blockRoots, silent: silentHere,
        demands: Demand.find(in: backward, silent: silentHere), regions: regions,
        placements: placements, packedSize: packedSize)
      regions = lowering.regions
      backwardKernels = lowering.kernels
      packedSize = lowering.packedSize
      inputGradients = backward.inputGradients.map { $0.map { lowering.memory($0) } }
      backwardKernels[Phase.after.rawValue] += backward.accumulations.map { accumulation in
        let width = graph[accumulation.gradient].width
        let gradient = lowering.memory(accumulation.gradient)
        guard let factor = accumulation.factor else {
          return .addRows(
            gradient: gradient, width: width,
            parameterOffset: layout.matrices[accumulation.parameter])
        }
        return .outer(
          .init(
            rows: lowering.memory(factor.rows), gradient: gradient,
            matrix: layout.place(
              of: accumulation.parameter, firstRow: factor.firstRow, rows: factor.rowCount),
            maybeSilent: lowering.isWorthCounting(factor.rows)))
      }
    }
    self.regions = regions
  }

  /// By state: whether only the recurrence reads and writes it, and it is none of the `kept` nodes.
  private static func statesWithin(
    _ schedule: Schedule, of program: Program, except kept: Set<Int>
  ) -> [Bool] {
    let graph = program.graph
    let readers = Lowering.readers(in: schedule)
    return program.nextStates.enumerated().map { index, next in
      let places = graph.nodes.indices.filter { graph[$0].operation == .state(index) } + [next]
      return schedule.phases[next] == .within
        && program.nextStates.count { $0 == next } == 1
        && places.allSatisfy { id in
          !kept.contains(id) && readers[id].allSatisfy { $0 == .within }
        }
    }
  }

  /// Writes machine code for the fused groups, once for all shards that share the plan.
  mutating func compile() {
    for phase in forwardKernels.indices {
      for index in forwardKernels[phase].indices { forwardKernels[phase][index].compile(regions) }
      for index in backwardKernels[phase].indices { backwardKernels[phase][index].compile(regions) }
    }
  }

  /// The states, those that reach furthest back first.
  var statesByAge: [Int] {
    states.indices.sorted { states[$0].stepOffset < states[$1].stepOffset }
  }

  /// The products of both directions.
  var products: [Kernel.Product] {
    (forwardKernels + backwardKernels).flatMap { $0 }.compactMap {
      if case .product(let product) = $0 { product } else { nil }
    }
  }
}
