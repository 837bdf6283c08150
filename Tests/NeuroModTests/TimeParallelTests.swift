import Autodiff
import NeuroMod
import Tensor
import Testing

/// Recurrences h' = A ⊙ h + b whose A and b do not depend on h can be computed for all steps at once: by
/// an associative operation, and, where A is 0 or 1, by the index of the last update. The engine goes step
/// by step through what is left of them after everything else was computed in blocks.
@Suite struct TimeParallelTests {
  /// All prefixes of `elements` under an associative operation, by halves: what processors side by side
  /// would compute.
  static func prefixes<Element>(
    _ elements: ArraySlice<Element>, _ combine: (_ earlier: Element, _ later: Element) -> Element
  ) -> [Element] {
    guard elements.count > 1 else { return Array(elements) }
    let middle = elements.startIndex + elements.count / 2
    let left = prefixes(elements[..<middle], combine)
    let right = prefixes(elements[middle...], combine)
    return left + right.map { combine(left[left.count - 1], $0) }
  }

  /// The gates and new values of a hysteresis: about one step in ten updates.
  static func updates(steps: Int, channels: Int) -> (gates: [[Float]], values: [[Float]]) {
    var random = (RandomKey(seed: 5) / "updates").stream()
    let amplitudes = (0..<channels).map { _ in random.uniform(0.1, 3) }
    let gates = (0..<steps).map { _ in
      (0..<channels).map { _ -> Float in random.uniform() < 0.1 ? 1 : 0 }
    }
    let values = (0..<steps).map { _ in
      amplitudes.map { random.uniform() < 0.5 ? $0 : -$0 }
    }
    return (gates, values)
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
    for (index, gate) in gates.joined().enumerated() { shard.input("z")[index] = gate }
    for (index, value) in values.joined().enumerated() { shard.input("v")[index] = value }
    shard.forward(0..<steps)

    for channel in 0..<rows * width {
      // (A₂, b₂) ∘ (A₁, b₁) = (A₂ A₁, A₂ b₁ + b₂)
      let scanned = Self.prefixes(
        (0..<steps).map { step -> (a: Float, b: Float) in
          let gate = gates[step][channel]
          return (1 - gate, gate * values[step][channel])
        }[...]
      ) { ($1.a * $0.a, $1.a * $0.b + $1.b) }
      let lastUpdates = Self.prefixes(
        (0..<steps).map { gates[$0][channel] == 1 ? $0 : -1 }[...], max)
      for step in 0..<steps {
        let engine = shard.output("y", step: step)[channel]
        let last = lastUpdates[step]
        #expect(engine == scanned[step].b)
        #expect(engine == (last < 0 ? 0 : values[last][channel]))
      }
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
    var expected: [Float] = [0, 0, 0, 0]
    for _ in 0..<steps {
      let x = [random.normal(), random.normal()]
      let h = run.step(x)
      for unit in 0..<4 {
        let c = x[0] * weights[unit] + x[1] * weights[4 + unit]
        // Within rounding of the threshold either answer is right.
        if abs(abs(c) - 1) < 1e-5 { expected[unit] = h[unit] }
        if abs(c) > 1 { expected[unit] = c < 0 ? -amplitudes[unit] : amplitudes[unit] }
        #expect(h[unit] == expected[unit])
      }
    }
  }

  /// An LRU by an associative operation on complex numbers, in Double, over 10 000 steps.
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

    typealias Complex = LinearRecurrentUnitTests.Complex
    let inputs = (0..<steps).map { Double(shard.input("x")[$0]) }
    let scans = (0..<states).map { j in
      let (lambda, drive) = (filter.lambda(j), filter.drive(j))
      return Self.prefixes(
        inputs.map { x -> (a: Complex, b: Complex) in (lambda, drive * x) }[...]
      ) { ($1.a * $0.a, $1.a * $0.b + $1.b) }
    }
    for step in 0..<steps {
      let expected = skip * inputs[step] + filter.readout(0) { scans[$0][step].b }
      #expect(abs(Double(shard.output("y", step: step)[0]) - expected) < 2e-4)
    }
  }
}
