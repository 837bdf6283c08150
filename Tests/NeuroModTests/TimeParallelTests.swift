import Autodiff
import NeuroMod
import Tensor
import Testing

/// Recurrences h' = A ⊙ h + b whose A and b do not depend on h can be computed for all steps at once: by
/// an associative operation, and, where A is 0 or 1, by the index of the last update.
@Suite struct TimeParallelTests {
  private typealias Complex = DiagonalRecurrence.Complex

  /// The gates and new values of a hysteresis: about one step in ten updates.
  static func updates(steps: Int, channels: Int) -> (gates: [Float], values: [Float]) {
    var random = (RandomKey(seed: 5) / "updates").stream()
    let amplitudes = (0..<channels).map { _ in random.uniform(0.1, 3) }
    let gates = (0..<steps).map { _ in
      (0..<channels).map { _ -> Float in random.uniform() < 0.1 ? 1 : 0 }
    }
    let values = (0..<steps).map { _ in
      amplitudes.map { random.uniform() < 0.5 ? $0 : -$0 }
    }
    return (Array(gates.joined()), Array(values.joined()))
  }

  @Test(arguments: [1, 2, 17, 1000, 10_000]) func hysteresisToTheBit(_ steps: Int) {
    let (rows, width) = (2, 5)
    let (gates, values) = Self.updates(steps: steps, channels: rows * width)

    let tracer = Tracer()
    let (z, v) = (tracer.input("z", width: width), tracer.input("v", width: width))
    let h = tracer.state("h", width: width)
    let next = z * v + (1 - z) * h
    tracer.update(h, to: next)
    tracer.output("y", next)
    let program = tracer.finish()
    let executor = Executor(
      program, parameters: ParameterStore([], key: RandomKey(seed: 1)), rows: [rows], steps: steps)
    executor.prepare()
    let shard = executor.shards[0]
    for (index, gate) in gates.enumerated() { shard.input("z")[index] = gate }
    for (index, value) in values.enumerated() { shard.input("v")[index] = value }
    shard.forward(0..<steps)

    let engine = (0..<steps).flatMap { step in
      (0..<rows * width).map { shard.output("y", step: step)[$0] }
    }
    let initial = [Float](repeating: 0, count: rows * width)
    let factors = gates.map { Complex(1 - $0) }
    let increments = zip(gates, values).map { Complex($0 * $1) }
    for threads in 1...3 {
      let pool = ThreadPool(threads: threads)
      let copied = BMRU.states(
        gates: gates, candidates: values, initial: initial, on: pool)
      let scanned = DiagonalRecurrence.states(
        factors: factors, increments: increments, width: rows * width, on: pool)
      let isCopyExact = copied == engine
      let isScanExact = scanned.map(\.real) == engine
      #expect(isCopyExact && isScanExact, "\(threads) threads")
    }
  }

  @Test func unitsThatAreNeverUpdatedKeepWhatTheyBeganWith() {
    let pool = ThreadPool(threads: 2)
    let steps = 600
    let candidates = [Float](repeating: 9, count: 2 * steps)
    var gates = [Float](repeating: 0, count: 2 * steps)
    gates[2 * 300 + 1] = 1
    let states = BMRU.states(
      gates: gates, candidates: candidates, initial: [0.5, -3], on: pool)
    for step in 0..<steps {
      #expect(states[2 * step] == 0.5)
      #expect(states[2 * step + 1] == (step < 300 ? -3 : 9))
    }
  }

  /// A scan has the same bits on any number of threads, and those of the form step by step in its first
  /// chunk; later they agree but for rounding.
  @Test(arguments: [0, 1, 255, 256, 257, 3000]) func scanIsTheRecurrence(_ steps: Int) {
    let width = 3
    var random = (RandomKey(seed: 9) / "recurrence").stream()
    let factors = [Complex(0.9, 0.3), Complex(-0.99), Complex(0.6, -0.79)]
    let increments = (0..<steps * width).map { _ in Complex(random.normal(), random.normal()) }
    var state = [Complex](repeating: Complex(0), count: width)
    let expected = (0..<steps * width).map { place in
      let unit = place % width
      state[unit] = factors[unit] * state[unit] + increments[place]
      return state[unit]
    }
    let scans = (1...3).map { threads in
      DiagonalRecurrence.states(
        factors: factors, increments: increments, width: width, on: ThreadPool(threads: threads))
    }
    #expect(scans[0] == scans[1] && scans[0] == scans[2])
    let exact = width * DiagonalRecurrence.chunkLength
    #expect(scans[0].prefix(exact) == expected.prefix(exact))
    for (scanned, stepped) in zip(scans[0], expected) {
      #expect(abs(scanned.real - stepped.real) < 1e-3)
      #expect(abs(scanned.imaginary - stepped.imaginary) < 1e-3)
    }
  }

  /// The same for a BMRU itself, whose gates are found again from its parameters: a state changes only
  /// to ±α, and is that of the last step whose candidate was beyond the threshold.
  @Test func memoryUnitIsItsLastUpdate() {
    let steps = 2000
    var cell = BMRU()
    cell.size = 4
    let run = CellRun(cell, inputSize: 2, parameters: ["amplitude": [1, 0.3, 2, 0.7]])
    let (weights, amplitudes) = (
      run.store.values(of: "cell0/input"), run.store.values(of: "cell0/amplitude")
    )
    var random = (RandomKey(seed: 6) / "inputs").stream()
    var (gates, candidates, engine): ([Float], [Float], [Float]) = ([], [], [])
    for _ in 0..<steps {
      let x = [random.normal(), random.normal()]
      let h = run.step(x)
      for unit in 0..<4 {
        let c = x[0] * weights[unit] + x[1] * weights[4 + unit]
        // Within rounding of the threshold either answer is right.
        let isNear = abs(abs(c) - 1) < 1e-5
        gates.append(isNear || abs(c) > 1 ? 1 : 0)
        candidates.append(isNear ? h[unit] : c < 0 ? -amplitudes[unit] : amplitudes[unit])
      }
      engine += h
    }
    let states = BMRU.states(
      gates: gates, candidates: candidates, initial: [0, 0, 0, 0], on: ThreadPool(threads: 2))
    #expect(states == engine)
  }

  /// An LRU as a scan over 10 000 steps.
  @Test func linearUnitAsAScan() {
    let (steps, states) = (10_000, 3)
    var cell = LRU()
    (cell.size, cell.states, cell.minimumRadius, cell.maximumRadius) = (1, states, 0.9, 0.999)
    let program = CellTests.program(of: [cell], inputSize: 1)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 2))
    let filter = LinearRecurrentUnitTests.Filter(states: states, size: 1) { name in
      store.values(of: "cell0/" + name).map(Double.init)
    }
    let skip = filter.values("skip")[0]

    let executor = Executor(program, parameters: store, rows: [1], steps: steps)
    executor.prepare()
    let shard = executor.shards[0]
    var random = (RandomKey(seed: 8) / "inputs").stream()
    for step in 0..<steps { shard.input("x")[step] = random.normal() }
    shard.forward(0..<steps)

    func single(_ number: LinearRecurrentUnitTests.Complex) -> Complex {
      Complex(Float(number.re), Float(number.im))
    }
    let inputs = (0..<steps).map { Double(shard.input("x")[$0]) }
    let scanned = DiagonalRecurrence.states(
      factors: (0..<states).map { single(filter.lambda($0)) },
      increments: inputs.flatMap { x in (0..<states).map { single(filter.drive($0) * x) } },
      width: states, on: ThreadPool(threads: 2))
    for step in 0..<steps {
      let expected =
        skip * inputs[step]
        + filter.readout(0) { j in
          let state = scanned[step * states + j]
          return .init(re: Double(state.real), im: Double(state.imaginary))
        }
      #expect(abs(Double(shard.output("y", step: step)[0]) - expected) < 5e-4)
    }
  }
}
