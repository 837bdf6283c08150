import Autodiff
import NeuroMod
import Tensor

/// One cell with parameters set by hand, stepped by the fast executor: for dynamics that are known in
/// closed form.
struct CellRun {
  let program: Program
  let store: ParameterStore
  let shard: Shard
  private let executor: Executor

  /// - Parameter parameters: by name; others keep their initial numbers.
  init(
    _ cell: some Cell, inputSize: Int = 1, rows: Int = 1, seed: UInt64 = 1,
    parameters: [String: [Float]] = [:]
  ) {
    program = CellTests.program(of: [cell], inputSize: inputSize)
    store = ParameterStore(program.parameters, key: RandomKey(seed: seed))
    for name in parameters.keys { _ = program.parameter("cell0/" + name) }
    let initial = store
    store.assign(
      program.parameters.flatMap { parameter in
        parameters[String(parameter.name.dropFirst("cell0/".count))]
          ?? initial.values(of: parameter.name)
      })
    executor = Executor(program, parameters: store, rows: [rows], steps: 1)
    executor.prepare()
    shard = executor.shards[0]
  }

  /// The state called `name` before the next step, and how many numbers all rows have.
  func state(_ name: String) -> UnsafeMutableBufferPointer<Float> {
    let index = program.state("cell0/" + name)
    return .init(
      start: shard.state(index), count: shard.rows * program.states[index].width)
  }

  /// All states of one row, one behind the other.
  func states(row: Int) -> [Float] {
    program.states.indices.flatMap { index in
      let width = program.states[index].width
      return (0..<width).map { shard.state(index)[row * width + $0] }
    }
  }

  /// One step with `input` for all rows, `[rows × inputSize]`; returns the outputs.
  @discardableResult
  func step(_ input: [Float]) -> [Float] {
    for (index, x) in input.enumerated() { shard.input("x")[index] = x }
    shard.advance()
    let count = shard.rows * program.outputs[0].width
    return (0..<count).map { shard.output("y")[$0] }
  }

  /// Reached attractors as the warm-up study counts them (Lambrechts et al. 2023): the mean over rows
  /// of one over the number of rows whose states lie within `distance`.
  func variabilityAmongAttractors(distance: Float = 1e-4) -> Double {
    let all: [[Float]] = (0..<shard.rows).map { states(row: $0) }
    func areNear(_ a: [Float], _ b: [Float]) -> Bool {
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } < distance * distance
    }
    let shares = all.map { a in 1 / Double(all.count { areNear(a, $0) }) }
    return shares.reduce(0, +) / Double(all.count)
  }
}
