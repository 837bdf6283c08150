import Autodiff
import Tensor

/// How exact a cell or network has to be.
public struct ConformanceTolerance: Sendable {
  /// Largest relative error of a derivative in Double against central differences.
  public var derivative = 1e-6
  /// Whether derivatives are surrogates on purpose, as that of a spike: they are compared with
  /// differences of the surrogate graph, see ``ReferenceExecutor``.
  public var usesSurrogates = false
  /// Largest relative error of an output of the fast executor.
  public var output = 5e-6
  /// Largest relative error of a derivative of the fast executor.
  public var fastDerivative = 5e-5

  /// What plain arithmetic keeps.
  public init() {}

  /// For cells with surrogate derivatives.
  public static var surrogate: ConformanceTolerance {
    var tolerance = ConformanceTolerance()
    tolerance.usesSurrogates = true
    return tolerance
  }
}

/// Checks that hold for every program, whatever traced it.
struct ProgramConformance {
  let tolerance: ConformanceTolerance
  /// Each check is repeated for these. A derivative is found wrong if it is for most of them: with
  /// one of them a number may lie on the very kink of a clamp.
  let seeds: [UInt64] = [1, 2, 3, 4, 5]

  /// What is wrong with derivatives or executors over a few shapes, or nil.
  func disagreement(of program: Program) -> String? {
    for (rows, steps) in [(1, 1), (3, 6), (10, 3)] {
      let reports = seeds.map { seed in
        var check = ProgramCheck(program)
        (check.rows, check.steps, check.samples) = (rows, steps, 6)
        check.key = RandomKey(seed: seed)
        check.usesSurrogates = tolerance.usesSurrogates
        return check.run()
      }
      let comparisons: [(KeyPath<ProgramCheck.Report, Double>, Double, String)] = [
        (\.gradientError, tolerance.derivative, "a derivative is not that of the value"),
        (\.outputError, tolerance.output, "the executors' outputs differ"),
        (\.fastGradientError, tolerance.fastDerivative, "the executors' derivatives differ"),
      ]
      for (error, limit, meaning) in comparisons {
        let wrong = reports.filter { !($0[keyPath: error] <= limit) }
        if let first = wrong.first, wrong.count * 2 > reports.count {
          return "\(meaning) with \(rows) rows and \(steps) steps: relative error "
            + "\(first[keyPath: error]), allowed \(limit), in \(first.worst)"
        }
      }
    }
    return nil
  }

  /// The names of learned parameters that no output ever depends on.
  func idleParameters(of program: Program) -> [String] {
    let (rows, steps) = (8, 12)
    var isIdle = [Bool](repeating: true, count: program.parameters.count)
    let reference = ReferenceExecutor(program, objectives: program.outputs.map(\.name))
    for seed in seeds {
      var random = (RandomKey(seed: seed) / "idle").stream()
      func draw(_ width: Int, _ scale: Double) -> [[Double]] {
        (0..<steps).map { _ in
          (0..<rows * width).map { _ in random.uniformDouble(-scale, scale) }
        }
      }
      let store = ParameterStore(program.parameters, key: RandomKey(seed: seed))
      let parameters = program.parameters.map { parameter in
        store.values(of: parameter.name).map { Double($0) + random.uniformDouble(-0.3, 0.3) }
      }
      let run = reference.forward(
        program.inputs.map { draw($0.width, 2) }, steps: steps, rows: rows, parameters: parameters)
      let gradients = reference.gradients(
        run, cotangents: program.outputs.map { draw($0.width, 1) }, parameters: parameters)
      for (index, gradient) in gradients.parameters.enumerated()
      where gradient.contains(where: { $0 != 0 }) {
        isIdle[index] = false
      }
    }
    return zip(program.parameters, isIdle).filter { $0.0.isLearned && $0.1 }.map(\.0.name)
  }

  /// What stops being finite when the program runs for long, or nil.
  func overflow(of program: Program) -> String? {
    let (rows, steps) = (4, 300)
    for scale in [1, 20] as [Float] {
      let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
      let executor = Executor(program, parameters: store, rows: [rows], steps: steps)
      var random = (RandomKey(seed: 1) / "long").stream()
      let shard = executor.shards[0]
      for port in program.inputs {
        for i in 0..<steps * rows * port.width {
          shard.input(port.name)[i] = random.uniform(-scale, scale)
        }
      }
      executor.prepare()
      shard.forward(0..<steps)
      for port in program.outputs {
        let stride = shard.outputStride(port.name)
        for step in 0..<steps {
          let values = shard.output(port.name, step: step)
          for row in 0..<rows {
            for column in 0..<port.width where !values[row * stride + column].isFinite {
              return "\(port.name) is \(values[row * stride + column]) at step \(step) with inputs "
                + "within ±\(scale)"
            }
          }
        }
      }
    }
    return nil
  }

  /// Notes all of it in `report`.
  func note(_ program: Program, in report: inout ConformanceReport) {
    report.note(
      "derivatives and executors", "derivatives agree with differences, and both executors agree",
      problem: disagreement(of: program))
    let idle = idleParameters(of: program)
    report.note(
      "parameters", "\(program.parameterCount) numbers, all of them used",
      problem: idle.isEmpty
        ? nil : "\(idle.joined(separator: ", ")) never matters. Use it, or do not declare it.")
    report.note(
      "long sequences", "finite for 300 steps",
      problem: overflow(of: program).map { $0 + ". Bound the state, or its weights." })
  }
}
