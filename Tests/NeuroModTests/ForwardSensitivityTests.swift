import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// Backpropagation through time of the spiking cells against the derivatives that dual numbers carry
/// forward (real-time recurrent learning), with spikes as they are and surrogates as derivatives.
@Suite struct ForwardSensitivityTests {
  static let (inputs, size, steps) = (3, 5, 40)

  /// Compares Σ weight · y of one row, and its derivatives, with those of `forward`, which computes the
  /// outputs of all steps from the inputs and parameters by name.
  private func compare(
    _ cell: some Cell, seed: UInt64,
    _ forward: ([[Double]], _ parameters: [String: [Dual]], _ zero: Dual) -> [[Dual]]
  ) throws {
    let program = CellTests.program(of: [cell], inputSize: Self.inputs)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: seed))
    var random = (RandomKey(seed: seed) / "sequence").stream()
    let x = (0..<Self.steps).map { _ in
      (0..<Self.inputs).map { _ in Double(random.uniform(-1, 1.5)) }
    }
    let weights = (0..<Self.steps).map { _ in
      (0..<Self.size).map { _ in random.uniformDouble(-1, 1) }
    }
    let values = program.parameters.map { store.values(of: $0.name).map(Double.init) }
    let reference = ReferenceExecutor(program, objectives: ["y"])
    let run = reference.forward([x], steps: Self.steps, rows: 1, parameters: values)
    let gradients = reference.gradients(run, cotangents: [weights], parameters: values)

    let count = program.parameterCount
    var (named, next): ([String: [Dual]], Int) = ([:], 0)
    for (parameter, numbers) in zip(program.parameters, values) {
      named[String(parameter.name.dropFirst("cell0/".count))] = numbers.map {
        next += 1
        return Dual($0, parameter: next - 1, of: count)
      }
    }
    let y = forward(x, named, Dual(0, count: count))
    var (sum, active) = (Dual(0, count: count), 0)
    for step in 0..<Self.steps {
      for unit in 0..<Self.size {
        let backward = run.outputs[program.output("y")][step][unit]
        #expect(abs(y[step][unit].value - backward) < 1e-12, "step \(step), unit \(unit)")
        if backward != 0 { active += 1 }
        sum = sum + weights[step][unit] * y[step][unit]
      }
    }
    #expect(active > 10 && active < Self.steps * Self.size - 10, "\(active) spikes")
    let derivatives = gradients.parameters.flatMap { $0 }
    let scale = derivatives.map(abs).max() ?? 0
    #expect(scale > 1e-3)
    for (index, derivative) in derivatives.enumerated() {
      #expect(abs(derivative - sum.tangent[index]) < 1e-12 * max(1, scale), "number \(index)")
    }
  }

  struct LSNNCase: Sendable, CustomTestStringConvertible {
    var adaptiveFraction: Float = 0.6
    var source = LSNN.SpikeSource.newMembrane
    var stops = false
    var delays = 1
    var refractory = 0
    var testDescription: String {
      "\(adaptiveFraction) \(source) \(stops) \(delays) \(refractory)"
    }
  }

  static let lsnnCases = [
    LSNNCase(), LSNNCase(adaptiveFraction: 0), LSNNCase(adaptiveFraction: 1, refractory: 3),
    LSNNCase(source: .previousMembrane, delays: 3), LSNNCase(stops: true, delays: 2, refractory: 1),
    LSNNCase(source: .previousMembrane, stops: true, refractory: 2),
  ]

  @Test(arguments: lsnnCases, [1, 2] as [UInt64]) func lsnn(_ variant: LSNNCase, seed: UInt64)
    throws
  {
    var cell = LSNN()
    cell.size = Self.size
    (cell.adaptiveFraction, cell.spikeSource) = (variant.adaptiveFraction, variant.source)
    (cell.stopsGradientAtReset, cell.delays) = (variant.stops, variant.delays)
    (cell.refractory, cell.delaySeed) = (variant.refractory, seed)
    (cell.threshold, cell.adaptationTime, cell.timeStep) = (0.02, 30, 0.5)
    cell.adaptationStrength = 0.4
    let step = Double(cell.timeStep)
    let (alpha, beta) = (Self.decay(step / 20), Self.decay(step / 30))
    let input = Wiring(delays: variant.delays, seed: seed)
    let recurrent = Wiring(delays: variant.delays, seed: seed + 1, excludesSelf: true)
    let n = Self.size
    let adaptive = cell.adaptiveCount
    try compare(cell, seed: seed) { x, parameters, zero in
      let (w, u) = (parameters["input"]!, parameters["recurrent"]!)
      var (v, b) = ([Dual](repeating: zero, count: n), [Dual](repeating: zero, count: n))
      var spikes: [[Dual]] = []
      var last = [Int](repeating: -1000, count: n)
      for t in 0..<x.count {
        let z = spikes.last ?? [Dual](repeating: zero, count: n)
        var next: [Dual] = []
        for j in 0..<n {
          var current = zero
          for i in 0..<Self.inputs {
            let time = t - input.delay(row: i, column: j)
            if time >= 0 { current = current + x[time][i] * w[i * n + j] }
          }
          for i in 0..<n where i != j {
            let time = t - 1 - recurrent.delay(row: i, column: j)
            if time >= 0 { current = current + spikes[time][i] * u[i * n + j] }
          }
          var threshold = Dual(Double(Float(0.02)), count: zero.tangent.count)
          if j >= n - adaptive {
            b[j] = beta.0 * b[j] + beta.1 * z[j]
            threshold = Double(Float(0.4)) * b[j] + threshold
          }
          let before = v[j]
          var reset = step * (z[j] * threshold)
          if variant.stops { reset = reset.stopped }
          v[j] = alpha.0 * v[j] + alpha.1 * current - reset
          let compared = variant.source == .newMembrane ? v[j] : before
          var spike = ((compared - threshold) / threshold).spike(cell.surrogate)
          if t - last[j] <= variant.refractory { spike = zero }
          if spike.value > 0 { last[j] = t }
          next.append((1 / step) * spike)
        }
        spikes.append(next)
      }
      return spikes
    }
  }

  /// exp(−x) and 1 minus it, rounded as the cell's constants are.
  static func decay(_ x: Double) -> (Double, Double) {
    let decay = Float(exp(-x))
    return (Double(decay), Double(1 - decay))
  }

  @Test(arguments: EGRU.Form.allCases, [1, 2, 3] as [UInt64])
  func egru(_ form: EGRU.Form, seed: UInt64) throws {
    var cell = EGRU()
    (cell.size, cell.form, cell.surrogate.halfWidth) = (Self.size, form, 0.7)
    let n = Self.size
    try compare(cell, seed: seed) { x, parameters, zero in
      let threshold = parameters["threshold"]!
      var (h, y) = ([Dual](repeating: zero, count: n), [Dual](repeating: zero, count: n))
      /// Column `column` of a product with a matrix of `width` columns, and a bias.
      func product(_ row: [Dual], _ name: String, _ column: Int, _ width: Int, _ bias: String?)
        -> Dual
      {
        row.indices.reduce(bias.map { parameters[$0]![column] } ?? zero) {
          $0 + row[$1] * parameters[name]![$1 * width + column]
        }
      }
      return x.map { numbers in
        let x = numbers.map { Dual($0, count: zero.tangent.count) }
        let p = (0..<3 * n).map { product(x, "input", $0, 3 * n, "inputBias") }
        var c: [Dual]
        switch form {
        case .reference:
          let q = (0..<3 * n).map { product(y, "recurrent", $0, 3 * n, "recurrentBias") }
          c = (0..<n).map { j in
            let keep = (p[j] + q[j]).sigmoid()
            let reset = (p[n + j] + q[n + j]).sigmoid()
            let candidate = (p[2 * n + j] + reset * q[2 * n + j]).tanh()
            return keep * h[j] + (1 - keep) * candidate
          }
        case .paper:
          let q = (0..<2 * n).map { product(y, "recurrentGates", $0, 2 * n, nil) }
          let reset = (0..<n).map { (p[n + $0] + q[n + $0]).sigmoid() * y[$0] }
          c = (0..<n).map { j in
            let update = (p[j] + q[j]).sigmoid()
            let candidate =
              (p[2 * n + j] + product(reset, "recurrentCandidate", j, n, nil)).tanh()
            return update * candidate + (1 - update) * h[j] - y[j]
          }
        }
        let event = (0..<n).map { (c[$0] - threshold[$0]).spike(cell.surrogate) }
        y = (0..<n).map { event[$0] * c[$0] }
        h = form == .reference ? (0..<n).map { c[$0] - event[$0] * threshold[$0] } : c
        return y
      }
    }
  }

  /// With thresholds at zero and states that never fall to it, every unit has an event at every step
  /// and the reset takes nothing away: an EGRU is then a GRU.
  @Test func egruWithoutThresholdsIsAGRU() throws {
    var event = EGRU()
    event.size = Self.size
    let gru = GRU(size: Self.size, reset: .after, candidateBias: true, recurrentBias: true)
    let programs = [event as any Cell, gru].map {
      CellTests.program(of: [$0], inputSize: Self.inputs)
    }
    let n = Self.size
    var random = RandomKey(seed: 5).stream()
    func draw(_ rows: Int, _ columns: Int, _ scale: Double) -> [Double] {
      (0..<rows * columns).map { _ in random.uniformDouble(-scale, scale) }
    }
    func columns(_ matrix: [Double], _ range: Range<Int>) -> [Double] {
      stride(from: 0, to: matrix.count, by: 3 * n).flatMap {
        matrix[$0 + range.lowerBound..<$0 + range.upperBound]
      }
    }
    let (w, r) = (draw(Self.inputs, 3 * n, 0.2), draw(n, 3 * n, 0.2))
    // The candidate's bias keeps it positive.
    var bx = draw(1, 3 * n, 0.2)
    let br = draw(1, 3 * n, 0.2)
    for j in 2 * n..<3 * n { bx[j] += 1.5 }
    let x = (0..<Self.steps).map { _ in draw(1, Self.inputs, 1) }
    let egru: [String: [Double]] = [
      "threshold": Array(repeating: 0, count: n), "input": w, "inputBias": bx, "recurrent": r,
      "recurrentBias": br,
    ]
    let plain: [String: [Double]] = [
      "inputGates": columns(w, 0..<2 * n), "recurrentGates": columns(r, 0..<2 * n),
      "gateBias": (0..<2 * n).map { bx[$0] + br[$0] }, "inputCandidate": columns(w, 2 * n..<3 * n),
      "candidateBias": Array(bx[(2 * n)...]), "recurrentCandidate": columns(r, 2 * n..<3 * n),
      "recurrentBias": Array(br[(2 * n)...]),
    ]
    let outputs = zip(programs, [egru, plain]).map { program, numbers in
      let values = program.parameters.map { numbers[String($0.name.dropFirst("cell0/".count))]! }
      return ReferenceExecutor(program).forward(
        [x], steps: Self.steps, rows: 1, parameters: values
      ).outputs[program.output("y")]
    }
    for (a, b) in zip(outputs[0].joined(), outputs[1].joined()) {
      #expect(a > 0 && abs(a - b) < 1e-12)
    }
  }
}
