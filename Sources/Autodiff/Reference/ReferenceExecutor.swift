import Glibc

/// Runs a program in Double, one plain loop per operation: the oracle for the fast executor and for
/// gradient checks. It shares with the fast one the graph and nothing else.
///
/// Rows are `[rows × width]` arrays; sequences are arrays of them, one per step.
public struct ReferenceExecutor {
  /// Everything one run computed.
  public struct Trajectory {
    /// Rows of the batch.
    public let rows: Int
    /// The value of every node at every step.
    fileprivate var nodes: [[[Double]]] = []
    /// By state, before each step and after the last: `states[state][step]`.
    public fileprivate(set) var states: [[[Double]]]
    /// By output: `outputs[output][step]`.
    public fileprivate(set) var outputs: [[[Double]]]

    /// Steps of the sequence.
    public var steps: Int { nodes.count }
  }

  /// Derivatives of an objective.
  public struct Gradients {
    /// By parameter.
    public var parameters: [[Double]]
    /// By the states before the first step.
    public var states: [[Double]]
    /// By input and step; empty where zero or not wanted.
    public var inputs: [[[Double]]]
  }

  /// The program.
  public let program: Program
  private let backward: Backward
  private let objectives: [Int]

  /// An executor for `program`, with derivatives of `objectives` also by `inputGradients`.
  public init(_ program: Program, objectives: [String] = [], inputGradients: [String] = []) {
    self.program = program
    self.objectives = objectives.map(program.output)
    backward = Backward(
      of: program, objectives: self.objectives, inputs: inputGradients.map(program.input))
  }

  /// The initial states of a program.
  public func initialStates(rows: Int) -> [[Double]] {
    program.states.map { Array(repeating: Double($0.initial), count: rows * $0.width) }
  }

  /// Runs `inputs[input][step]` forward.
  ///
  /// - Parameter base: another run of as many steps, around which to compute the *surrogate graph*:
  ///   what a gradient stops at keeps its value of that run, and so does a comparison; a
  ///   straight-through value or a spike moves from its value there as its surrogate does. The
  ///   derivative of this run by anything, at `base`, is what
  ///   ``gradients(_:cotangents:parameters:)`` gives, spikes and gates of 0 or 1 included.
  public func forward(
    _ inputs: [[[Double]]], steps: Int, rows: Int, parameters: [[Double]],
    initialStates: [[Double]]? = nil, around base: Trajectory? = nil
  ) -> Trajectory {
    var states = initialStates ?? self.initialStates(rows: rows)
    let matrices = unfolded(parameters)
    var trajectory = Trajectory(
      rows: rows, states: states.map { [$0] },
      outputs: Array(repeating: [], count: program.outputs.count))
    for step in 0..<steps {
      let evaluator = Evaluator(
        graph: program.graph, rows: rows, parameters: matrices, base: base?.nodes[step])
      let values = evaluator.evaluate { operation, _ in
        switch operation {
        case .input(let index): inputs[index][step]
        case .state(let index): states[index]
        default: nil
        }
      }
      states = program.nextStates.map { values[$0] }
      for (index, state) in states.enumerated() { trajectory.states[index].append(state) }
      for (index, node) in program.outputNodes.enumerated() {
        trajectory.outputs[index].append(values[node])
      }
      trajectory.nodes.append(values)
    }
    return trajectory
  }

  /// The derivatives of Σ cotangent · output, with `cotangents[objective][step]` in the order of the
  /// objectives.
  public func gradients(
    _ trajectory: Trajectory, cotangents: [[[Double]]], parameters: [[Double]]
  ) -> Gradients {
    let rows = trajectory.rows
    let matrices = unfolded(parameters)
    var result = Gradients(
      parameters: matrices.map { Array(repeating: 0, count: $0.count) },
      states: program.states.map { Array(repeating: 0, count: rows * $0.width) },
      inputs: program.inputs.map { _ in Array(repeating: [], count: trajectory.steps) })
    for step in (0..<trajectory.steps).reversed() {
      let carried = result.states
      let evaluator = Evaluator(graph: backward.graph, rows: rows, parameters: matrices)
      let values = evaluator.evaluate { operation, _ in
        switch operation {
        case .saved(let node): trajectory.nodes[step][node]
        case .state(let index): carried[index]
        case .cotangent(let output): cotangents[objectives.firstIndex(of: output)!][step]
        default: nil
        }
      }
      for (index, carry) in backward.carries.enumerated() {
        result.states[index] =
          carry.map { values[$0] } ?? Array(repeating: 0, count: carried[index].count)
      }
      for (index, node) in backward.inputGradients.enumerated() {
        if let node { result.inputs[index][step] = values[node] }
      }
      for accumulation in backward.accumulations {
        let columns = program.parameters[accumulation.parameter].columns
        let gradient = values[accumulation.gradient]
        for row in 0..<rows {
          for column in 0..<columns {
            let g = gradient[row * columns + column]
            guard let factor = accumulation.factor else {
              result.parameters[accumulation.parameter][column] += g
              continue
            }
            for k in 0..<factor.rowCount {
              result.parameters[accumulation.parameter][(factor.firstRow + k) * columns + column] +=
                values[factor.rows][row * factor.rowCount + k] * g
            }
          }
        }
      }
    }
    for (index, parameter) in program.parameters.enumerated() {
      guard let wiring = parameter.wiring else { continue }
      let gradient = result.parameters[index]
      result.parameters[index] = wiring.places(rows: parameter.rows, columns: parameter.columns)
        .map { $0 < 0 ? 0 : gradient[Int($0)] }
    }
    return result
  }

  /// The parameters with wired matrices as products see them.
  private func unfolded(_ parameters: [[Double]]) -> [[Double]] {
    zip(program.parameters, parameters).map { parameter, values in
      guard let wiring = parameter.wiring else { return values }
      var matrix = [Double](repeating: 0, count: parameter.matrixRows * parameter.columns)
      let places = wiring.places(rows: parameter.rows, columns: parameter.columns)
      for (place, value) in zip(places, values) where place >= 0 { matrix[Int(place)] = value }
      return matrix
    }
  }
}

/// Evaluates the nodes of a graph one after the other.
private struct Evaluator {
  let graph: Graph
  let rows: Int
  let parameters: [[Double]]
  /// The value of every node in the run around which the surrogate graph is computed.
  var base: [[Double]]?

  /// The value of every node; `source` knows inputs, states, saved values and cotangents.
  func evaluate(_ source: (Operation, Int) -> [Double]?) -> [[Double]] {
    var values: [[Double]] = []
    values.reserveCapacity(graph.nodes.count)
    for (id, node) in graph.nodes.enumerated() {
      let operands = node.operands.map { values[$0] }
      values.append(
        source(node.operation, node.width)
          ?? base.flatMap { surrogate(id, node, operands, base: $0) }
          ?? compute(node, operands, operandIDs: node.operands))
    }
    return values
  }

  /// The value of a node that controls gradients, near its value in `base`; nil for other nodes.
  private func surrogate(_ id: Int, _ node: Graph.Node, _ x: [[Double]], base: [[Double]])
    -> [Double]?
  {
    switch node.operation {
    case .stopGradient, .unary(.step), .unary(.sign), .unary(.inside), .binary(.greater): base[id]
    case .straightThrough:
      x[1].indices.map { base[id][$0] + (x[1][$0] - base[node.operands[1]][$0]) }
    case .unary(.spike(let surrogate)):
      x[0].indices.map {
        let origin = base[node.operands[0]][$0]
        return base[id][$0] + (surrogate.integral(x[0][$0]) - surrogate.integral(origin))
      }
    default: nil
    }
  }

  private func compute(_ node: Graph.Node, _ x: [[Double]], operandIDs: [Int]) -> [Double] {
    let width = node.width
    switch node.operation {
    case .input, .state, .saved, .cotangent, .later:
      preconditionFailure("\(node.operation) has no value here")
    case .constant(let value): return Array(repeating: Double(value), count: rows * width)
    case .vector(let parameter):
      return (0..<rows).flatMap { _ in parameters[parameter] }
    case .product(let parameter, let firstRow, let rowCount, let transposed):
      let columns = transposed ? graph[operandIDs[0]].width : width
      let depth = transposed ? columns : rowCount
      var out = [Double](repeating: 0, count: rows * width)
      for row in 0..<rows {
        for j in 0..<width {
          for k in 0..<depth {
            let (i, c) = transposed ? (j, k) : (k, j)
            out[row * width + j] +=
              x[0][row * depth + k] * parameters[parameter][(firstRow + i) * columns + c]
          }
        }
      }
      return out
    case .unary(let function): return x[0].map { apply(function, $0) }
    case .binary(let function): return zip(x[0], x[1]).map { apply(function, $0, $1) }
    case .select: return x[0].indices.map { x[0][$0] != 0 ? x[1][$0] : x[2][$0] }
    case .slice(let offset):
      let full = x[0].count / rows
      return (0..<rows).flatMap { x[0][$0 * full + offset..<$0 * full + offset + width] }
    case .concatenate:
      return (0..<rows).flatMap { row in
        x.flatMap { part -> ArraySlice<Double> in
          let partWidth = part.count / rows
          return part[row * partWidth..<(row + 1) * partWidth]
        }
      }
    case .sumColumns, .maximumColumn:
      let full = x[0].count / rows
      return (0..<rows).map { row in
        let slice = x[0][row * full..<(row + 1) * full]
        return node.operation == .sumColumns ? slice.reduce(0, +) : slice.max()!
      }
    case .expand: return x[0].flatMap { Array(repeating: $0, count: width) }
    case .stopGradient, .straightThrough: return x[0]
    }
  }

  private func apply(_ function: Operation.Unary, _ x: Double) -> Double {
    switch function {
    case .affine(let scale, let offset): Double(scale) * x + Double(offset)
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .exp: exp(x)
    case .log: log(x)
    case .sine: sin(x)
    case .cosine: cos(x)
    case .squareRoot: x.squareRoot()
    case .square: x * x
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
    case .clamp(let low, let high): min(max(x, Double(low)), Double(high))
    case .step(let threshold): x > Double(threshold) ? 1 : 0
    case .inside(let low, let high): x > Double(low) && x < Double(high) ? 1 : 0
    case .spike: x > 0 ? 1 : 0
    }
  }

  private func apply(_ function: Operation.Binary, _ a: Double, _ b: Double) -> Double {
    switch function {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .minimum: min(a, b)
    case .maximum: max(a, b)
    case .greater: a > b ? 1 : 0
    case .sigmoidGradient: a * b * (1 - b)
    case .tanhGradient: a * (1 - b * b)
    case .clampGradient(let low, let high): b > Double(low) && b < Double(high) ? a : 0
    case .spikeGradient(let surrogate): a * surrogate.derivative(b)
    }
  }
}
