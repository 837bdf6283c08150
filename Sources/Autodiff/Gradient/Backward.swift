/// The derivative of one time step: a graph that runs backwards in time.
///
/// Its states are *carries*: the derivative of the objective by a state after the step comes in, the
/// derivative by the state before the step goes out to the step before. Its sources are values
/// saved by the forward pass and the derivatives by outputs.
///
/// A state that only remembers another one, as in a delay line, needs no carry where products are all that
/// read it: the derivative by what it remembers is then a product with the derivatives of later steps, see
/// ``Postponement``.
struct Backward: Sendable {
  /// A gradient that sums over steps and rows.
  struct Accumulation: Sendable {
    /// The parameter.
    let parameter: Int
    /// The node with the derivative by the product or by the vector.
    let gradient: Int
    /// For a matrix: the node with the rows that were multiplied, and which rows of the matrix.
    let factor: (rows: Int, firstRow: Int, rowCount: Int)?
  }

  var graph = Graph()
  /// Outputs that the objective depends on.
  var objectives: [Int] = []
  /// For each state, the node with the derivative by its value before the step; nil for zero, or where it is
  /// postponed.
  var carries: [Int?] = []
  /// For each state, whether its derivative goes to the state that it remembers.
  var isPostponed: [Bool] = []
  /// For each input, the node with the derivative by it; nil for zero or not wanted.
  var inputGradients: [Int?] = []
  var accumulations: [Accumulation] = []
  /// Nodes of which values of later steps are read.
  var remembered: [Int] = []

  /// The forward nodes whose values it needs.
  var savedNodes: [Int] {
    graph.nodes.compactMap { if case .saved(let node) = $0.operation { node } else { nil } }
  }

  /// The nodes that something outside the graph reads.
  var roots: [Int] {
    carries.compactMap { $0 } + inputGradients.compactMap { $0 }
      + accumulations.flatMap { [$0.gradient] + ($0.factor.map { [$0.rows] } ?? []) } + remembered
  }

  /// How many steps later a remembered node is read at most.
  func reach(ofRemembered index: Int) -> Int {
    graph.nodes.reduce(0) { reach, node in
      if case .later(index, let steps) = node.operation { max(reach, steps) } else { reach }
    }
  }

  /// The derivative of `program` by its parameters and states, and by `inputs`, of an objective
  /// that reads `objectives`.
  ///
  /// - Parameter postpones: whether derivatives by states that remember others may be left out, which is
  ///   faster.
  init(of program: Program, objectives: [Int], inputs: [Int] = [], postpones: Bool = false) {
    self.objectives = objectives
    var builder = BackwardBuilder(
      program: program, inputs: Set(inputs),
      postponements: postpones
        ? Postponement.find(in: program) : Array(repeating: nil, count: program.states.count))
    for output in objectives {
      let width = program.outputs[output].width
      let seed = builder.graph.emit(.cotangent(output), [], width: width)
      builder.add(seed, to: program.outputNodes[output])
    }
    for (state, next) in program.nextStates.enumerated() where builder.postponements[state] == nil {
      let seed = builder.graph.emit(.state(state), [], width: program.states[state].width)
      builder.add(seed, to: next)
    }
    builder.run()
    graph = builder.graph
    accumulations = builder.accumulations
    carries = builder.stateGradients
    inputGradients = builder.inputGradients
    remembered = builder.remembered
    isPostponed = builder.postponements.map { $0 != nil }
  }
}

/// Walks a forward graph from its end and collects derivatives.
private struct BackwardBuilder {
  let program: Program
  let forward: Graph
  /// Nodes through which a derivative is wanted.
  let matters: [Bool]
  /// By state: where its derivative goes; nil for one that is carried.
  let postponements: [Postponement?]
  var graph = Graph()
  /// Derivatives by a whole node.
  var contributions: [[Int]]
  /// Derivatives by columns of a node.
  var sliced: [[(offset: Int, node: Int)]]
  /// Products that are derivatives by a whole node, with derivatives of later steps.
  var postponed: [[Int]]
  var accumulations: [Backward.Accumulation] = []
  var stateGradients: [Int?]
  var inputGradients: [Int?]
  var remembered: [Int] = []

  init(program: Program, inputs: Set<Int>, postponements: [Postponement?]) {
    self.program = program
    self.postponements = postponements
    forward = program.graph
    matters = Self.nodesThatMatter(in: program, inputs: inputs)
    contributions = Array(repeating: [], count: forward.nodes.count)
    sliced = Array(repeating: [], count: forward.nodes.count)
    postponed = Array(repeating: [], count: forward.nodes.count)
    stateGradients = Array(repeating: nil, count: program.states.count)
    inputGradients = Array(repeating: nil, count: program.inputs.count)
  }

  /// The nodes whose derivative leads to a parameter, to an input by which derivatives are wanted, or
  /// to a state that does. A state that merely remembers inputs needs no derivative.
  private static func nodesThatMatter(in program: Program, inputs: Set<Int>) -> [Bool] {
    var states: Set<Int> = []
    while true {
      var matters = [Bool](repeating: false, count: program.graph.nodes.count)
      for (id, node) in program.graph.nodes.enumerated() {
        matters[id] =
          switch node.operation {
          case .input(let index): inputs.contains(index)
          case .state(let index): states.contains(index)
          case .vector(let index): program.parameters[index].isLearned
          case .product(let index, _, _, _):
            program.parameters[index].isLearned || matters[node.operands[0]]
          default: node.operandsWithGradient.contains { matters[$0] }
          }
      }
      let found = Set(program.nextStates.indices.filter { matters[program.nextStates[$0]] })
      if found == states { return matters }
      states = found
    }
  }

  mutating func add(_ gradient: Int, to node: Int) {
    if matters[node] { contributions[node].append(gradient) }
  }

  mutating func run() {
    for id in forward.nodes.indices.reversed() {
      guard matters[id], let gradient = total(of: id) else { continue }
      propagate(gradient, through: id)
    }
  }

  /// The sum of everything that arrived at a node.
  private mutating func total(of id: Int) -> Int? {
    let width = forward[id].width
    var terms = contributions[id]
    if !postponed[id].isEmpty {
      // Products side by side become one kernel.
      func isProduct(_ node: Int) -> Bool {
        if case .product = graph[node].operation { true } else { false }
      }
      terms = postponed[id] + terms.filter(isProduct) + terms.filter { !isProduct($0) }
    }
    // Columns of the same place are summed, then laid side by side; what overlaps forms a new layer.
    var places: [(offset: Int, node: Int)] = []
    for piece in sliced[id] {
      let pieceWidth = graph[piece.node].width
      if let known = places.firstIndex(where: {
        $0.offset == piece.offset && graph[$0.node].width == pieceWidth
      }) {
        places[known].node = binary(.add, places[known].node, piece.node)
      } else {
        places.append(piece)
      }
    }
    places.sort { $0.offset < $1.offset }
    while !places.isEmpty {
      var (layer, rest): ([Int], [(offset: Int, node: Int)]) = ([], [])
      var end = 0
      for place in places {
        guard place.offset >= end else {
          rest.append(place)
          continue
        }
        if place.offset > end { layer.append(zeros(place.offset - end)) }
        layer.append(place.node)
        end = place.offset + graph[place.node].width
      }
      if end < width { layer.append(zeros(width - end)) }
      terms.append(graph.emit(.concatenate, layer, width: width))
      places = rest
    }
    guard var sum = terms.first else { return nil }
    for term in terms.dropFirst() { sum = binary(.add, sum, term) }
    return sum
  }

  private mutating func propagate(_ g: Int, through id: Int) {
    let node = forward[id]
    let operands = node.operands
    switch node.operation {
    case .input(let index): inputGradients[index] = g
    case .state(let index): stateGradients[index] = g
    case .vector(let parameter):
      accumulations.append(.init(parameter: parameter, gradient: g, factor: nil))
    case .constant, .saved, .cotangent, .later, .stopGradient, .maximumColumn: break
    case .product(let parameter, let firstRow, let rowCount, let transposed):
      precondition(!transposed, "transposed products appear in backward graphs only")
      if program.parameters[parameter].isLearned {
        let rows = value(of: operands[0])
        accumulations.append(
          .init(parameter: parameter, gradient: g, factor: (rows, firstRow, rowCount)))
      }
      guard matters[operands[0]] else { break }
      let back = Operation.product(
        parameter: parameter, firstRow: firstRow, rowCount: rowCount, transposed: true)
      if case .state(let state) = forward[operands[0]].operation,
        let postponement = postponements[state]
      {
        postponed[postponement.node].append(
          graph.emit(back, [later(g, steps: postponement.steps)], width: rowCount))
      } else {
        add(graph.emit(back, [g], width: rowCount), to: operands[0])
      }
    case .unary(let function): propagate(g, through: function, id, operands[0])
    case .binary(let function): propagate(g, through: function, id, operands[0], operands[1])
    case .select:
      let mask = value(of: operands[0])
      let none = zeros(node.width)
      if matters[operands[1]] {
        add(graph.emit(.select, [mask, g, none], width: node.width), to: operands[1])
      }
      if matters[operands[2]] {
        add(graph.emit(.select, [mask, none, g], width: node.width), to: operands[2])
      }
    case .slice(let offset):
      if matters[operands[0]] { sliced[operands[0]].append((offset, g)) }
    case .concatenate:
      var offset = 0
      for operand in operands {
        let width = forward[operand].width
        if matters[operand] {
          add(graph.emit(.slice(offset: offset), [g], width: width), to: operand)
        }
        offset += width
      }
    case .sumColumns:
      add(graph.emit(.expand, [g], width: forward[operands[0]].width), to: operands[0])
    case .expand: add(graph.emit(.sumColumns, [g], width: 1), to: operands[0])
    case .straightThrough: add(g, to: operands[1])
    }
  }

  private mutating func propagate(
    _ g: Int, through function: Operation.Unary, _ id: Int, _ x: Int
  ) {
    guard matters[x] else { return }
    switch function {
    case .affine(let scale, _): add(affine(g, scale, 0), to: x)
    case .sigmoid: add(binary(.sigmoidGradient, g, value(of: id)), to: x)
    case .tanh: add(binary(.tanhGradient, g, value(of: id)), to: x)
    case .exp: add(binary(.multiply, g, value(of: id)), to: x)
    case .log: add(binary(.divide, g, value(of: x)), to: x)
    case .sine:
      let slope = graph.emit(.unary(.cosine), [value(of: x)], width: forward[x].width)
      add(binary(.multiply, g, slope), to: x)
    case .cosine:
      let slope = graph.emit(.unary(.sine), [value(of: x)], width: forward[x].width)
      add(affine(binary(.multiply, g, slope), -1, 0), to: x)
    case .squareRoot: add(binary(.divide, affine(g, 0.5, 0), value(of: id)), to: x)
    case .square: add(binary(.multiply, affine(g, 2, 0), value(of: x)), to: x)
    case .absolute:
      let sign = graph.emit(.unary(.sign), [value(of: x)], width: forward[x].width)
      add(binary(.multiply, g, sign), to: x)
    case .clamp(let low, let high):
      add(binary(.clampGradient(low: low, high: high), g, value(of: id)), to: x)
    case .spike(let surrogate):
      add(binary(.spikeGradient(surrogate), g, value(of: x)), to: x)
    case .sign, .step, .inside: break
    }
  }

  private mutating func propagate(
    _ g: Int, through function: Operation.Binary, _ id: Int, _ a: Int, _ b: Int
  ) {
    switch function {
    case .add:
      add(g, to: a)
      add(g, to: b)
    case .subtract:
      add(g, to: a)
      if matters[b] { add(affine(g, -1, 0), to: b) }
    case .multiply:
      if matters[a] { add(binary(.multiply, g, value(of: b)), to: a) }
      if matters[b] { add(binary(.multiply, g, value(of: a)), to: b) }
    case .divide:
      let share = binary(.divide, g, value(of: b))
      add(share, to: a)
      if matters[b] {
        add(affine(binary(.multiply, share, value(of: id)), -1, 0), to: b)
      }
    case .minimum, .maximum:
      // Where b wins; ties go to a.
      let (larger, smaller) = function == .minimum ? (a, b) : (b, a)
      let mask = binary(.greater, value(of: larger), value(of: smaller))
      let width = forward[id].width
      let none = zeros(width)
      if matters[a] { add(graph.emit(.select, [mask, none, g], width: width), to: a) }
      if matters[b] { add(graph.emit(.select, [mask, g, none], width: width), to: b) }
    case .greater: break
    case .sigmoidGradient, .tanhGradient, .clampGradient, .spikeGradient:
      preconditionFailure("gradient functions appear in backward graphs only")
    }
  }

  /// What a node was some steps later.
  private mutating func later(_ id: Int, steps: Int) -> Int {
    let index = remembered.firstIndex(of: id) ?? remembered.count
    if index == remembered.count { remembered.append(id) }
    return graph.emit(.later(index, steps: steps), [], width: graph[id].width)
  }

  /// The value of a forward node inside the backward graph: saved, or recomputed where that is
  /// cheaper than memory.
  private mutating func value(of id: Int) -> Int {
    let node = forward[id]
    switch node.operation {
    case .constant, .vector:
      return graph.emit(node.operation, [], width: node.width)
    case .unary(.affine), .slice, .expand, .concatenate:
      let operands = node.operands.map { value(of: $0) }
      return graph.emit(node.operation, operands, width: node.width)
    case .stopGradient, .straightThrough:
      return value(of: node.operands[0])
    default:
      return graph.emit(.saved(id), [], width: node.width)
    }
  }

  private mutating func zeros(_ width: Int) -> Int { graph.emit(.constant(0), [], width: width) }

  private mutating func affine(_ x: Int, _ scale: Float, _ offset: Float) -> Int {
    graph.emit(
      .unary(.affine(scale: scale, offset: offset)), [x], width: graph[x].width)
  }

  private mutating func binary(_ function: Operation.Binary, _ a: Int, _ b: Int) -> Int {
    graph.emit(.binary(function), [a, b], width: graph[a].width)
  }
}
