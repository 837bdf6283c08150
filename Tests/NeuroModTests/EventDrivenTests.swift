import Autodiff
import NeuroMod
import Tensor
import Testing

/// Whole cells with products from events and with packed products: the same bits, and counters that
/// say what was done.
@Suite struct EventDrivenTests {
  static let (inputs, size, rows, steps) = (24, 40, 6, 50)

  /// Outputs and gradients of one run forward and back, and what the products did.
  struct Run {
    var outputs: [Float] = []
    var gradient: [Float] = []
    var activity = 0.0
    var operations = SynapticOperations()

    /// - Parameters:
    ///   - inputDensity: the part of the inputs that is not zero.
    ///   - change: changes parameters by name.
    init(
      _ cell: some Cell, _ products: Executor.Products, inputDensity: Double,
      change: (String, inout [Float]) -> Void
    ) {
      let program = CellTests.program(of: [cell], inputSize: inputs)
      let store = ParameterStore(program.parameters, key: RandomKey(seed: 4))
      store.assign(
        program.parameters.flatMap { parameter in
          var values = store.values(of: parameter.name)
          change(String(parameter.name.dropFirst("cell0/".count)), &values)
          return values
        })
      let executor = Executor(
        program, parameters: store, rows: [rows], steps: steps, objectives: ["y"],
        products: products)
      executor.prepare()
      let shard = executor.shards[0]
      var random = RandomKey(seed: 5).stream()
      for i in 0..<steps * rows * inputs {
        shard.input("x")[i] = random.uniformDouble() < inputDensity ? random.uniform() : 0
      }
      for i in 0..<steps * rows * size { shard.cotangent("y")[i] = random.uniform(-1, 1) }
      shard.forward(0..<steps)
      shard.backward(steps)
      outputs = (0..<steps).flatMap { step in
        (0..<rows * size).map { shard.output("y", step: step)[$0] }
      }
      gradient = (0..<program.parameterCount).map { shard.gradient[$0] }
      activity = Double(outputs.count { $0 != 0 }) / Double(outputs.count)
      operations = executor.operations
    }
  }

  /// Thresholds that give no events, few, some, and one in every step.
  static let thresholds: [(threshold: Float, bias: Float, activity: ClosedRange<Double>)] = [
    (1, 0, 0...0), (0.25, 0, 0.001...0.12), (0.1, 0, 0.1...0.5), (0, 3, 1...1),
  ]

  @Test(arguments: thresholds.indices) func egru(_ index: Int) {
    let (threshold, bias, expected) = Self.thresholds[index]
    for form in EGRU.Form.allCases {
      var cell = EGRU()
      (cell.size, cell.form) = (Self.size, form)
      // The paper's reset leaves no state above a threshold at every step.
      if form == .paper && index == 3 { continue }
      func run(_ products: Executor.Products) -> Run {
        Run(cell, products, inputDensity: 0.3) { name, values in
          if name == "threshold" { values = values.map { _ in threshold } }
          if name == "inputBias" {
            for j in 2 * Self.size..<3 * Self.size { values[j] += bias }
          }
        }
      }
      let dense = run(.dense)
      if form == .reference {
        #expect(expected.contains(dense.activity), "\(dense.activity) of \(expected)")
      }
      for products in [Executor.Products.events, .automatic] {
        let gathered = run(products)
        #expect(gathered.outputs == dense.outputs, "\(form), \(products)")
        #expect(gathered.gradient == dense.gradient, "\(form), \(products)")
        #expect(gathered.operations.forward.dense == dense.operations.forward.dense)
        #expect(gathered.operations.weights.dense == dense.operations.weights.dense)
      }
      #expect(dense.operations.forward.executed == dense.operations.forward.dense)
    }
  }

  @Test(arguments: [1e9, 0.03, 0.005] as [Float], [1, 4]) func lsnn(threshold: Float, delays: Int) {
    var cell = LSNN()
    (cell.size, cell.threshold, cell.delays) = (Self.size, threshold, delays)
    (cell.refractory, cell.adaptationStrength) = (threshold < 0.01 ? 0 : 2, 0.1)
    func run(_ products: Executor.Products) -> Run {
      Run(cell, products, inputDensity: 0.1) { _, _ in }
    }
    let dense = run(.dense)
    #expect(threshold < 1 ? dense.activity > 0.005 : dense.activity == 0)
    for products in [Executor.Products.events, .automatic] {
      let gathered = run(products)
      #expect(gathered.outputs == dense.outputs, "\(products)")
      #expect(gathered.gradient == dense.gradient, "\(products)")
    }
  }

  /// Three matrices for each event in the forward pass and for the weights, whatever the path of inputs.
  @Test func countersCountEvents() {
    var cell = EGRU()
    cell.size = Self.size
    let run = Run(cell, .events, inputDensity: 0.2) { _, _ in }
    let columns = 3 * Self.size
    // Events of all steps but the last meet the recurrent matrix in the next step.
    let last = (Self.steps - 1) * Self.rows * Self.size
    let events = run.outputs[..<last].count { $0 != 0 }
    var random = RandomKey(seed: 5).stream()
    var present = 0
    for _ in 0..<Self.steps * Self.rows * Self.inputs where random.uniformDouble() < 0.2 {
      if random.uniform() != 0 { present += 1 }
    }
    #expect(run.operations.forward.executed == (events + present) * columns)
    #expect(run.operations.weights.executed == (events + present) * columns)
    let all = Self.steps * Self.rows * (Self.inputs + Self.size) * columns
    #expect(run.operations.forward.dense == all && run.operations.weights.dense == all)
    #expect(run.operations.backward.dense == Self.steps * Self.rows * Self.size * columns)
  }
}
