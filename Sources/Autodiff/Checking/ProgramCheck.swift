import Tensor

/// Compares, for any program, analytic with numeric derivatives and the fast with the reference
/// executor. A new cell gets its test from this alone.
public struct ProgramCheck {
  /// How far two computations are apart.
  public struct Report: CustomStringConvertible {
    /// Largest relative error of a derivative against central differences, in Double.
    public internal(set) var gradientError = 0.0
    /// Largest relative error of an output of the fast executor.
    public internal(set) var outputError = 0.0
    /// Largest relative error of a derivative of the fast executor.
    public internal(set) var fastGradientError = 0.0
    /// The parameter, state or input with the largest error of a derivative.
    public internal(set) var worst = ""

    /// One line.
    public var description: String {
      "derivatives \(gradientError), fast outputs \(outputError), fast derivatives "
        + "\(fastGradientError), worst \(worst)"
    }
  }

  /// The program.
  public let program: Program
  /// Rows of the batch.
  public var rows = 3
  /// Steps.
  public var steps = 5
  /// Where the random numbers come from.
  public var key = RandomKey(seed: 1)
  /// Numbers drawn for inputs lie within ± this.
  public var inputScale = 1.0
  /// Half the distance of the two places of a central difference.
  public var differenceStep = 1e-6
  /// How many numbers of each parameter are checked against differences.
  public var samples = 12
  /// Whether differences are those of the surrogate graph, where gradients are stopped or replaced on
  /// purpose, and not those of the value.
  public var usesSurrogates = false
  /// The matrix products of the fast executor.
  public var products = Executor.Products.automatic

  /// A check of `program`.
  public init(_ program: Program) { self.program = program }

  /// Relative to the size of the tensor: |a − b| / (|b|∞ + 10⁻³).
  private static func error(_ a: [Double], _ b: [Double]) -> Double {
    let scale = (b.map(abs).max() ?? 0) + 1e-3
    return zip(a, b).map { abs($0 - $1) / scale }.max() ?? 0
  }

  /// Runs the check. The objective is a random weighting of all outputs.
  public func run() -> Report {
    var random = (key / "check").stream()
    func draw(_ count: Int, _ scale: Double) -> [Double] {
      (0..<count).map { _ in Double(Float(random.uniformDouble(-scale, scale))) }
    }
    let names = program.outputs.map(\.name)
    let inputNames = program.inputs.map(\.name)
    let store = ParameterStore(program.parameters, key: key)
    // Zero-initialised parameters would hide errors: everything is shaken.
    store.assign(store.array.map { $0 + Float(random.uniformDouble(-0.2, 0.2)) })
    var parameters = program.parameters.map { store.values(of: $0.name).map(Double.init) }
    var inputs = program.inputs.map { port in
      (0..<steps).map { _ in draw(rows * port.width, inputScale) }
    }
    var initial = program.states.map { draw(rows * $0.width, 0.5) }
    let weights = program.outputs.map { port in (0..<steps).map { _ in draw(rows * port.width, 1) }
    }

    let reference = ReferenceExecutor(program, objectives: names, inputGradients: inputNames)
    let run = reference.forward(
      inputs, steps: steps, rows: rows, parameters: parameters, initialStates: initial)
    func objective() -> Double {
      let run = reference.forward(
        inputs, steps: steps, rows: rows, parameters: parameters, initialStates: initial,
        around: usesSurrogates ? run : nil)
      var sum = 0.0
      for (output, weight) in zip(run.outputs, weights) {
        for (values, w) in zip(output, weight) {
          sum += zip(values, w).reduce(0) { $0 + $1.0 * $1.1 }
        }
      }
      return sum
    }
    let gradients = reference.gradients(run, cotangents: weights, parameters: parameters)
    var report = Report()

    // Central differences at a few places of each tensor.
    func compare(_ name: String, _ analytic: [Double], _ change: (Int, Double) -> Void) {
      guard !analytic.isEmpty else { return }
      let scale = (analytic.map(abs).max() ?? 0) + 1e-3
      for sample in 0..<min(samples, analytic.count) {
        let index = analytic.count <= samples ? sample : random.integer(below: analytic.count)
        let step = differenceStep
        change(index, step)
        let above = objective()
        change(index, -2 * step)
        let below = objective()
        change(index, step)
        let error = abs((above - below) / (2 * step) - analytic[index]) / scale
        if error > report.gradientError { (report.gradientError, report.worst) = (error, name) }
      }
    }
    for (index, parameter) in program.parameters.enumerated() where parameter.isLearned {
      compare(parameter.name, gradients.parameters[index]) { parameters[index][$0] += $1 }
    }
    for (index, state) in program.states.enumerated() {
      compare(state.name, gradients.states[index]) { initial[index][$0] += $1 }
    }
    for (index, input) in program.inputs.enumerated() {
      compare(input.name, gradients.inputs[index][0]) { inputs[index][0][$0] += $1 }
    }

    // The fast executor on the same numbers, with all that can be looked at and with what learning needs.
    for givesAll in [true, false] {
      let executor = Executor(
        program, parameters: store, rows: [rows], steps: steps, objectives: names,
        inputGradients: inputNames, givesStateGradients: givesAll, keepsStates: givesAll,
        products: products)
      executor.prepare()
      let shard = executor.shards[0]
      func fill(_ pointer: UnsafeMutablePointer<Float>, _ values: [Double]) {
        for (index, value) in values.enumerated() { pointer[index] = Float(value) }
      }
      for (index, name) in inputNames.enumerated() {
        fill(shard.input(name), inputs[index].flatMap { $0 })
      }
      for index in program.states.indices { fill(shard.state(index), initial[index]) }
      shard.forward(0..<steps)
      for (index, port) in program.outputs.enumerated() {
        let stride = shard.outputStride(port.name)
        for step in 0..<steps {
          let pointer = shard.output(port.name, step: step)
          let fast = (0..<rows * port.width).map {
            Double(pointer[$0 / port.width * stride + $0 % port.width])
          }
          report.outputError = max(report.outputError, Self.error(fast, run.outputs[index][step]))
        }
        fill(shard.cotangent(port.name), weights[index].flatMap { $0 })
      }
      shard.backward(steps)
      let layout = executor.parameters.layout
      for (index, parameter) in program.parameters.enumerated() {
        let fast = (0..<parameter.count).map { Double(shard.gradient[layout.offsets[index] + $0]) }
        report.noteFast(Self.error(fast, gradients.parameters[index]), parameter.name)
      }
      for (index, state) in program.states.enumerated() where givesAll {
        let pointer = shard.stateGradient(index, step: 0)
        let fast = (0..<rows * state.width).map { Double(pointer[$0]) }
        report.noteFast(Self.error(fast, gradients.states[index]), state.name)
      }
      for (index, port) in program.inputs.enumerated() {
        guard let pointer = shard.inputGradient(port.name) else { continue }
        let fast = (0..<steps * rows * port.width).map { Double(pointer[$0]) }
        report.noteFast(Self.error(fast, gradients.inputs[index].flatMap { $0 }), port.name)
      }
    }
    return report
  }
}

extension ProgramCheck.Report {
  fileprivate mutating func noteFast(_ error: Double, _ name: String) {
    guard error > fastGradientError else { return }
    fastGradientError = error
    worst = "\(name) (fast)"
  }
}
