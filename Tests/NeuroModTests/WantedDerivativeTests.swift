import Autodiff
import NeuroMod
import Tensor
import Testing

/// Derivatives computed only where a surrogate is not zero or a unit spoke: the same bits as with all of
/// them, and counters that say how many there were.
@Suite struct WantedDerivativeTests {
  static let (inputs, size, rows, steps) = (6, 48, [5, 3], 41)

  /// Everything one pass there and back gives.
  struct Pass: Equatable {
    var outputs: [Float] = []
    var parameterGradient: [Float] = []
    var inputGradient: [Float] = []
    var stateGradient: [Float] = []
  }

  struct Run {
    var pass = Pass()
    var operations = SynapticOperations()
    /// The first rows of an output called so in every step, by shard.
    var signals: [String: [Float]] = [:]
  }

  /// Changes parameters by name, without that of the layer.
  typealias Change = (_ name: String, _ values: inout [Float]) -> Void

  static func run(
    _ cells: [any Cell], _ products: Executor.Products, segmentSteps: Int? = nil, threads: Int = 1,
    givesStateGradients: Bool = true, rewiring: RewiringRule? = nil,
    change: Change = { _, _ in }
  ) throws -> Run {
    let program = CellTests.program(of: cells, inputSize: inputs)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 4))
    store.assign(
      program.parameters.flatMap { parameter in
        var values = store.values(of: parameter.name)
        change(String(parameter.name.split(separator: "/").last!), &values)
        return values
      })
    _ = try rewiring.map {
      try DeepRewiring(
        $0, around: Optimizer(.adam(), count: store.layout.count), of: store,
        key: RandomKey(seed: 6))
    }
    let executor = Executor(
      program, parameters: store, rows: rows, steps: steps, objectives: ["y"],
      inputGradients: ["x"], segmentSteps: segmentSteps, givesStateGradients: givesStateGradients,
      products: products)
    executor.prepare()
    let pool = ThreadPool(threads: threads)
    pool.run(executor.shards.count) { index in
      let shard = executor.shards[index]
      var random = (RandomKey(seed: 5) / index).stream()
      for i in 0..<steps * shard.rows * inputs { shard.input("x")[i] = random.normal() }
      for i in 0..<steps * shard.rows * size { shard.cotangent("y")[i] = random.uniform(-1, 1) }
      shard.forward(0..<steps)
      shard.backward(steps)
    }
    var run = Run()
    for shard in executor.shards {
      run.pass.inputGradient += (0..<steps * shard.rows * inputs).map {
        shard.inputGradient("x")![$0]
      }
      for (state, width) in shard.stateWidths.enumerated() where givesStateGradients {
        let first = shard.stateGradient(state, step: 0)
        run.pass.stateGradient += (0..<shard.rows * width).map { first[$0] }
      }
      for output in program.outputs {
        run.signals[output.name, default: []] += (0..<steps).flatMap { step in
          (0..<shard.rows * output.width).map { shard.output(output.name, step: step)[$0] }
        }
      }
    }
    run.pass.outputs = run.signals["y"]!
    let gradient = executor.reduceGradients()
    run.pass.parameterGradient = (0..<program.parameterCount).map { gradient[$0] }
    run.operations = executor.operations
    return run
  }

  /// Compares all ways with the dense one, and returns that and the one by events.
  @discardableResult
  static func expectSameBits(_ cells: [any Cell], change: Change = { _, _ in }) throws -> (
    dense: Run, events: Run
  ) {
    let dense = try run(cells, .dense, change: change)
    let events = try run(cells, .events, threads: 2, change: change)
    #expect(dense.pass.parameterGradient.contains { $0 != 0 })
    #expect(events.pass == dense.pass)
    #expect(try run(cells, .automatic, change: change).pass == dense.pass)
    #expect(try run(cells, .events, segmentSteps: 8, change: change).pass == dense.pass)
    let postponed = try run(cells, .dense, givesStateGradients: false, change: change)
    #expect(
      try run(cells, .events, segmentSteps: 8, givesStateGradients: false, change: change).pass
        == postponed.pass)
    #expect(dense.operations.backward.executed == dense.operations.backward.dense)
    #expect(events.operations.backward.dense == dense.operations.backward.dense)
    return (dense, events)
  }

  static func egru(_ form: EGRU.Form, halfWidth: Float) -> EGRU {
    var cell = EGRU()
    (cell.size, cell.form, cell.weights.scale) = (size, form, 4)
    cell.surrogate.halfWidth = halfWidth
    return cell
  }

  /// Thresholds and biases of the candidate with no events, few, some, and one in every step.
  static let thresholds: [(threshold: Float, bias: Float, activity: ClosedRange<Double>)] = [
    (1, 0, 0...0), (0.6, 0, 0.02...0.08), (0.3, 0, 0.2...0.4), (0, 40, 1...1),
  ]

  @Test(arguments: EGRU.Form.allCases, thresholds.indices)
  func egru(_ form: EGRU.Form, _ index: Int) throws {
    let (threshold, bias, activity) = Self.thresholds[index]
    let (dense, events) = try Self.expectSameBits([Self.egru(form, halfWidth: 0.15)]) {
      name, values in
      if name == "threshold" { values = values.map { _ in threshold } }
      if name == "inputBias" {
        for j in 2 * Self.size..<3 * Self.size { values[j] += bias }
      }
    }
    let active = Double(dense.pass.outputs.count { $0 != 0 }) / Double(dense.pass.outputs.count)
    if form == .reference { #expect(activity.contains(active), "\(active)") }
    if index < 2 {
      // In the paper form the candidate's product is wanted for the reset gate, too: for more conditions than
      // are looked at.
      let (counts, most) = (events.operations.backward, form == .reference ? 0.4 : 0.7)
      #expect(Double(counts.executed) < most * Double(counts.dense))
    }
  }

  @Test(arguments: [1, 4]) func lsnn(delays: Int) throws {
    var cell = LSNN()
    (cell.size, cell.threshold, cell.delays) = (Self.size, 0.05, delays)
    (cell.refractory, cell.surrogate.halfWidth) = (2, 0.2)
    let (dense, events) = try Self.expectSameBits([cell, cell])
    #expect(dense.pass.outputs.contains { $0 != 0 })
    let counts = events.operations.backward
    #expect(Double(counts.executed) < 0.6 * Double(counts.dense))
  }

  /// Surrogates that are never zero leave nothing out.
  @Test func surrogatesWithoutEndWantEverything() throws {
    var cell = Self.egru(.reference, halfWidth: 0.15)
    cell.surrogate.shape = .fastSigmoid
    let (_, events) = try Self.expectSameBits([cell])
    #expect(events.operations.backward.executed == events.operations.backward.dense)
  }

  /// A derivative by an emitted value is wanted within the surrogate and where there was an event, that by the
  /// states before the first step everywhere; that by inputs, of few numbers, too.
  @Test func countersCountWhatIsWanted() throws {
    let run = try Self.run([Self.egru(.reference, halfWidth: 0.15)], .events)
    let events = run.signals["cell0/activity"]!
    let silences = run.signals["cell0/backwardSparsity"]!
    var (wanted, first) = (0, 0)
    for rows in Self.rows {
      let count = Self.steps * rows * Self.size
      // Those of the last step are carried from nowhere.
      for i in first..<first + count - rows * Self.size where events[i] != 0 || silences[i] == 0 {
        wanted += 1
      }
      first += count
    }
    let rows = Self.rows.reduce(0, +)
    #expect(wanted > 0 && wanted < Self.steps * rows * Self.size / 2)
    let carried = (wanted + rows * Self.size) * 3 * Self.size
    let byInputs = Self.steps * rows * 3 * Self.size * Self.inputs
    #expect(run.operations.backward.executed == carried + byInputs)
  }

  /// Matrices that are rewired are multiplied by their connections, whatever is wanted, also where derivatives by all
  /// entries reach the optimizer.
  @Test(arguments: RewiringRule.Gradients.allCases, [false, true])
  func rewiredMatricesKeepTheirConnections(
    _ gradients: RewiringRule.Gradients, givesStateGradients: Bool
  ) throws {
    var cell = LSNN()
    (cell.size, cell.threshold, cell.delays) = (Self.size, 0.05, 3)
    var rule = RewiringRule([
      .init("cell0/input", connectivity: 0.1), .init("cell0/recurrent", connectivity: 0.1),
    ])
    rule.gradients = gradients
    let run = try Self.run(
      [cell], .sparse, givesStateGradients: givesStateGradients, rewiring: rule)
    let connections = Int(0.1 * Double(Self.size * (Self.size + Self.inputs)))
    let all = Self.steps * Self.rows.reduce(0, +) * connections
    #expect(abs(run.operations.backward.executed - all) < all / 20)
    let dense = try Self.run(
      [cell], .dense, givesStateGradients: givesStateGradients, rewiring: rule)
    #expect(run.pass.outputs == dense.pass.outputs)
    if gradients == .all { #expect(run.pass == dense.pass) }
  }
}
