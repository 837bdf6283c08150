import Agents
import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// Attractors that sequences reach: counted, smoothly, and the derivative of that.
@Suite struct AttractorTests {
  // MARK: Sets of states

  /// The formulas as they are printed, with plain loops.
  private static func printed(_ h: [[Double]], _ epsilon: Double) -> (vaa: Double, smooth: Double) {
    func distance(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    let n = Double(h.count)
    let bounded = h.map { $0.map { tanh($0) } }
    var (vaa, smooth) = (0.0, 0.0)
    for i in h.indices {
      vaa += 1 / Double(h.filter { distance(h[i], $0) < epsilon }.count) / n
      let sum = bounded.reduce(0.0) { sum, other in
        let d = distance(bounded[i], other)
        return sum + 1 - max(d - epsilon, 0) / (d + 1e-6)
      }
      smooth += 1 / sum / n
    }
    return (vaa, smooth)
  }

  private static func normal(rows: Int, width: Int, seed: UInt64) -> [[Double]] {
    var random = RandomKey(seed: seed).stream()
    return (0..<rows).map { _ in (0..<width).map { _ in Double(random.normal()) } }
  }

  @Test(arguments: [1e-4, 0.1, 1, 3])
  func measuresAreThePrintedFormulas(distance: Double) {
    let states = Self.normal(rows: 9, width: 4, seed: 1)
    let flat = states.flatMap { $0.map(Float.init) }
    let expected = Self.printed(states, distance)
    let counted = VariabilityAmongAttractors.counted(flat, rows: 9, distance: distance)
    let smooth = VariabilityAmongAttractors.smooth(flat, rows: 9, distance: distance)
    #expect(abs(counted - expected.vaa) < 1e-12)
    #expect(abs(smooth.value - expected.smooth) < 1e-9)
    #expect(1.0 / 9 <= smooth.value && smooth.value <= 1)
  }

  @Test func groupsCountAsOneEach() {
    for groups in [1, 2, 4, 8] {
      let states = (0..<8).map { Float($0 % groups) * 0.5 + Float($0) * 1e-6 }
      let share = Double(groups) / 8
      #expect(
        VariabilityAmongAttractors.counted(states, rows: 8, distance: 1e-4) == share)
      // For converged states VAA* is VAA.
      let smooth = VariabilityAmongAttractors.smooth(states, rows: 8, distance: 1e-4).value
      #expect(abs(smooth - share) < 0.02)
    }
  }

  @Test(arguments: [1e-4, 0.5])
  func derivativeOfTheSmoothMeasure(distance: Double) {
    // States a few distances apart, where the measure changes fast.
    let states = Self.normal(rows: 6, width: 3, seed: 2).map { $0.map { $0 * 4 * distance } }
    let analytic = VariabilityAmongAttractors.smooth(
      states.flatMap { $0.map(Float.init) }, rows: 6, distance: distance
    ).gradient
    let rounded = states.map { $0.map { Double(Float($0)) } }
    let scale = analytic.map(abs).max() ?? 0
    #expect(scale > 0)
    for index in analytic.indices {
      func moved(_ step: Double) -> Double {
        var h = rounded
        h[index / 3][index % 3] += step
        return Self.printed(h, distance).smooth
      }
      let step = 1e-5 * distance
      let numeric = (moved(step) - moved(-step)) / (2 * step)
      #expect(abs(numeric - analytic[index]) < 1e-3 * scale)
    }
  }

  // MARK: Systems known in closed form

  /// One unit, a sequence of normal numbers, and the map of the unit.
  private struct System: TrajectorySource {
    let longest = 20
    let next: @Sendable (_ h: Value, _ x: Value) -> Value

    func trace(in tracer: Tracer) {
      var input = NetworkInput(tracer.input("x", width: 1))
      input.isolatesLayers = true
      let h = tracer.scope("layer") {
        let h = tracer.state("h", width: 1)
        tracer.update(h, to: next(h, input.layerInput(input.observation, in: tracer)))
        return h
      }
      tracer.output("y", h)
    }

    func draw(using random: inout RandomStream) -> Trajectory {
      Trajectory(index: random.integer(below: 1 << 40), length: 1 + random.integer(below: longest))
    }

    func write(_ trajectory: Trajectory, to shard: Shard, row: Int, from step: Int) {
      var random = (RandomKey(seed: 5) / trajectory.index).stream()
      for shown in 0..<trajectory.length {
        shard.input("x", step: step + shown)[row] = random.normal()
      }
    }

    /// VAA and VAA* of 24 sequences, one draw of each.
    func measured(after steps: Int) -> (counted: Double, smooth: Double) {
      let program = Program { trace(in: $0) }
      let store = ParameterStore(program.parameters, key: RandomKey(seed: 0))
      let pool = ThreadPool(threads: 1)
      let relaxation = Relaxation(self, parameters: store, rows: [13, 11], relaxationSteps: steps)
      var (first, second) = (RandomKey(seed: 6).stream(), RandomKey(seed: 7).stream())
      return (
        relaxation.counted(after: steps, distance: 1e-4, using: &first, pool: pool),
        relaxation.smooth(after: steps, distance: 1e-4, using: &second, pool: pool)[0]
      )
    }
  }

  @Test func aPerfectMemoryKeepsAllStatesApart() {
    let measured = System { h, x in h + 0.01 * x }.measured(after: 150)
    #expect(measured.counted == 1)
  }

  @Test func aContractionForgetsAll() {
    let measured = System { h, x in 0.5 * h + x }.measured(after: 150)
    #expect(abs(measured.counted - 1.0 / 24) < 1e-9)
    #expect(abs(measured.smooth - measured.counted) < 0.02)
  }

  /// h' = c h + (1 − c) tanh(a h + w x) has two stable states for a = 1.5 while |w x| < 0.208, the fold,
  /// and one for a < 1.
  @Test func feedbackAboveOneGivesTwoAttractors() {
    func measured(_ a: Float) -> (counted: Double, smooth: Double) {
      System { h, x in 0.5 * h + 0.5 * (a * h + 0.04 * x).tanh() }.measured(after: 400)
    }
    let (bistable, monostable) = (measured(1.5), measured(0.9))
    #expect(abs(bistable.counted - 2.0 / 24) < 1e-9)
    #expect(abs(monostable.counted - 1.0 / 24) < 1e-9)
    #expect(abs(bistable.smooth - bistable.counted) < 0.02)
    #expect(abs(monostable.smooth - monostable.counted) < 0.02)
  }
}
