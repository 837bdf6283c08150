import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// Cells with more than one stable state, against what is known of their fixed points.
@Suite struct BistabilityTests {
  /// BRC without input and with constant a and c in each unit: h → c h + (1 − c) tanh(a h). Units are
  /// all pairs of a and c, each from +1 and from −1.
  struct Pitchfork {
    static let feedback = [0.5, 0.9, 1, 1.2, 1.5, 2]
    static let gates = [0.1, 0.5, 0.9]
    let units: [(a: Double, c: Double, start: Double)]
    let run: CellRun

    init() {
      units = Self.feedback.flatMap { a in
        Self.gates.flatMap { c in [(a, c, 1.0), (a, c, -1.0)] }
      }
      var cell = BRC()
      cell.size = units.count
      // a = 2 is the limit of a bias that grows; the kernel's tanh reaches 1.
      let gateBias =
        units.map { Float($0.a < 2 ? atanh($0.a - 1) : 20) }
        + units.map { Float(log($0.c / (1 - $0.c))) }
      run = CellRun(
        cell,
        parameters: [
          "recurrentGates": Array(repeating: 0, count: 2 * units.count), "gateBias": gateBias,
        ])
      for (index, unit) in units.enumerated() { run.state("h")[index] = Float(unit.start) }
      for _ in 0..<2000 { run.step([0]) }
    }
  }

  @Test func pitchfork() {
    let pitchfork = Pitchfork()
    let stable = [1.2: 0.6586, 1.5: 0.8586, 2: 0.9575]
    for (unit, h) in zip(pitchfork.units, pitchfork.run.state("h").map(Double.init)) {
      if let fixed = stable[unit.a] {
        #expect(abs(h - unit.start * fixed) < 1e-3, "\(unit): \(h)")
      } else if unit.a == 1 {
        // At the critical point h decays like √(3 / (2 (1 − c) t)).
        let law = unit.start * (3 / (2 * (1 - unit.c) * 2000)).squareRoot()
        #expect(abs(h / law - 1) < 0.02, "\(unit): \(h), not \(law)")
      } else {
        #expect(abs(h) < 1e-3, "\(unit): \(h)")
      }
    }
  }

  /// At the beginning, without input and at 0, a = 1: the critical point, from which h = 0.5 raises a
  /// by tanh(w h) > 0.
  @Test func bistableCellsBeginAtTheCriticalPoint() {
    var cell = BRC()
    cell.size = 3
    let run = CellRun(cell)
    #expect(run.store.values(of: "cell0/recurrentGates") == [1, 1, 1, 1, 1, 1])
    #expect(run.store.values(of: "cell0/gateBias") == [0, 0, 0, 0, 0, 0])
    run.step([0])
    #expect(run.state("h").allSatisfy { $0 == 0 })
    for index in 0..<3 { run.state("h")[index] = 0.5 }
    run.step([0])
    let (a, c) = (1 + tanh(0.5), 1 / (1 + exp(-0.5)))
    let expected = c * 0.5 + (1 - c) * tanh(a * 0.5)
    #expect(run.state("h").allSatisfy { abs(Double($0) - expected) < 1e-6 })
  }

  /// With all recurrent gates on the diagonal an nBRC is a BRC.
  @Test func diagonalNeuromodulationIsABistableCell() throws {
    let size = 4
    var (single, layer) = (BRC(), NBRC())
    (single.size, layer.size) = (size, size)
    let brc = CellRun(single, inputSize: 2)
    var diagonal = [Float](repeating: 0, count: size * 2 * size)
    for unit in 0..<size {
      for gate in 0..<2 { diagonal[unit * 2 * size + gate * size + unit] = 1 }
    }
    let nbrc = CellRun(
      layer, inputSize: 2,
      parameters: [
        "recurrentGates": diagonal, "inputGates": brc.store.values(of: "cell0/inputGates"),
        "inputCandidate": brc.store.values(of: "cell0/inputCandidate"),
      ])
    var random = (RandomKey(seed: 4) / "inputs").stream()
    for _ in 0..<50 {
      let x = [random.normal(), random.normal()]
      #expect(zip(brc.step(x), nbrc.step(x)).allSatisfy { abs($0 - $1) < 2e-6 })
    }
  }

  /// A BMRU with β = `threshold`, whose candidate is its input.
  static func hysteresis(threshold: Float, amplitude: Float) -> CellRun {
    var cell = BMRU()
    cell.size = 1
    return CellRun(
      cell, parameters: ["input": [1], "threshold": [threshold], "amplitude": [amplitude]])
  }

  /// Up to 2β and back: the state jumps at +β and at −β, and nowhere else.
  @Test(arguments: [0.5, 1, 1.25] as [Float]) func hysteresisSwitchesAtTheThresholds(_ beta: Float)
  {
    let run = Self.hysteresis(threshold: beta, amplitude: 0.75)
    let grid = beta / 64
    let up = (-128...128).map { Float($0) * grid }
    #expect(run.step([-2 * beta]) == [-0.75])
    for c in up { #expect(run.step([c]) == [c > beta ? 0.75 : -0.75], "up, \(c)") }
    for c in up.reversed() { #expect(run.step([c]) == [c < -beta ? -0.75 : 0.75], "down, \(c)") }
  }

  @Test func hysteresisHoldsForEver() {
    let run = Self.hysteresis(threshold: 1, amplitude: 0.7)
    #expect(run.step([0]) == [0], "0 is the state that was never set")
    #expect(run.step([3]) == [0.7])
    #expect(run.step([0]) == [0.7])
    for _ in 0..<1_000_000 { run.shard.advance() }
    #expect(run.step([0]) == [0.7])
    #expect(run.step([-1.5]) == [-0.7])
  }

  /// A negative threshold acts as its absolute value; a negative amplitude does not occur.
  @Test func conventionsOfTheHysteresis() {
    let run = Self.hysteresis(threshold: 1, amplitude: 1)
    let negative = Self.hysteresis(threshold: -1, amplitude: 1)
    for x in [0.5, 1.5, -0.5, -1.25, 0, 3] as [Float] {
      #expect(run.step([x]) == negative.step([x]))
    }
    let projected = Self.hysteresis(threshold: 1, amplitude: -2)
    #expect(projected.store.values(of: "cell0/amplitude") == [0])
  }

  /// With a candidate of exactly 0 the gradient by it is that of sign(0) = 1, so that a unit whose input
  /// is silent can still lower its threshold by its bias: z = H(|c| − β), H'(−1) = 1/9 with k = 2, the
  /// new state would be 0.5 and the old one is 0.
  @Test func silentInputsTeachTheBias() {
    var cell = BMRU()
    cell.size = 1
    let program = CellTests.program(of: [cell], inputSize: 1)
    let parameters: [[Double]] = program.parameters.map { parameter in
      switch parameter.name {
      case "cell0/threshold": [1]
      case "cell0/amplitude": [0.5]
      default: [0]
      }
    }
    let reference = ReferenceExecutor(program, objectives: ["y"])
    let run = reference.forward([[[0]]], steps: 1, rows: 1, parameters: parameters)
    let gradients = reference.gradients(run, cotangents: [[[1]]], parameters: parameters)
    func gradient(_ name: String) -> Double {
      gradients.parameters[program.parameter("cell0/" + name)][0]
    }
    #expect(abs(gradient("bias") - 0.5 / 9) < 1e-12)
    #expect(abs(gradient("threshold") + 0.5 / 9) < 1e-12)
    #expect(gradient("amplitude") == 0)
  }

  /// Sequences of random lengths, then the same constant input for long: a BMRU stays in nearly as many
  /// states as there were sequences, a stable linear filter forgets them all.
  @Test func reachedAttractors() {
    let (rows, units, inputs) = (32, 16, 4)
    var (bistable, linear) = (BMRU(), LRU())
    (bistable.size, linear.size, linear.maximumRadius) = (units, units, 0.99)
    for (run, expected) in [
      (CellRun(bistable, inputSize: inputs, rows: rows), 0.9...1),
      (CellRun(linear, inputSize: inputs, rows: rows), 0...1 / 31.9),
    ] {
      var random = (RandomKey(seed: 2) / "histories").stream()
      let lengths = (0..<rows).map { _ in 1 + random.integer(below: 50) }
      for step in 0..<50 {
        let before = (0..<rows).map { run.states(row: $0) }
        run.step((0..<rows * inputs).map { _ in random.normal() })
        // Rows whose sequence has ended keep their state.
        for row in 0..<rows where lengths[row] <= step {
          var start = 0
          for (index, state) in run.program.states.enumerated() {
            for i in 0..<state.width {
              run.shard.state(index)[row * state.width + i] = before[row][start + i]
            }
            start += state.width
          }
        }
      }
      for _ in 0..<2000 { run.step(Array(repeating: 0.1, count: rows * inputs)) }
      let measure = run.variabilityAmongAttractors()
      #expect(expected.contains(measure), "\(measure)")
    }
  }
}
