import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// The linear recurrent unit as a filter, against complex arithmetic in Double.
@Suite struct LinearRecurrentUnitTests {
  struct Complex {
    var re, im: Double

    static func polar(_ radius: Double, _ phase: Double) -> Complex {
      Complex(re: radius * cos(phase), im: radius * sin(phase))
    }

    static func + (a: Complex, b: Complex) -> Complex { Complex(re: a.re + b.re, im: a.im + b.im) }

    static func * (a: Complex, b: Double) -> Complex { Complex(re: a.re * b, im: a.im * b) }

    static func * (a: Complex, b: Complex) -> Complex {
      Complex(re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re)
    }
  }

  /// λ, γ B and C of a unit with one input, from its parameters by name.
  struct Filter {
    let states: Int
    let size: Int
    let values: (String) -> [Double]

    func radius(_ j: Int) -> Double { exp(-exp(values("nu")[j])) }
    func phase(_ j: Int) -> Double { exp(values("theta")[j]) }
    func lambda(_ j: Int) -> Complex { .polar(radius(j), phase(j)) }

    /// γ B for an input of 1.
    func drive(_ j: Int) -> Complex {
      let b = values("input")
      return Complex(re: b[j], im: b[states + j]) * (1 - radius(j) * radius(j)).squareRoot()
    }

    /// Re(C s): the matrix has −Im C below Re C.
    func readout(_ output: Int, _ state: (Int) -> Complex) -> Double {
      let c = values("output")
      return (0..<states).reduce(0) { sum, j in
        let s = state(j)
        return sum + c[j * size + output] * s.re + c[(states + j) * size + output] * s.im
      }
    }
  }

  static let (states, size) = (6, 4)
  let run: CellRun
  let filter: Filter
  let skip: [Double]

  init() {
    var cell = LRU()
    (cell.size, cell.states) = (Self.size, Self.states)
    (cell.minimumRadius, cell.maximumRadius) = (0.5, 0.995)
    run = CellRun(cell, seed: 7)
    let store = run.store
    filter = Filter(states: Self.states, size: Self.size) { name in
      store.values(of: "cell0/" + name).map(Double.init)
    }
    skip = filter.values("skip")
  }

  /// An impulse at step 0 is seen at step k as Re(C γ λᵏ B).
  @Test func impulseResponse() {
    for k in 0...300 {
      let y = run.step([k == 0 ? 1 : 0])
      for out in 0..<Self.size {
        let expected = filter.readout(out) { j in
          .polar(pow(filter.radius(j), Double(k)), filter.phase(j) * Double(k)) * filter.drive(j)
        }
        #expect(abs(Double(y[out]) - expected - (k == 0 ? skip[out] : 0)) < 2e-5, "step \(k)")
      }
    }
  }

  /// Under constant input it settles at Re(C γ / (1 − λ) B) + D.
  @Test func steadyState() {
    var y: [Float] = []
    for _ in 0..<4000 { y = run.step([1]) }
    for out in 0..<Self.size {
      let expected = filter.readout(out) { j in
        let lambda = filter.lambda(j)
        let (re, im) = (1 - lambda.re, -lambda.im)
        return Complex(re: re, im: -im) * (1 / (re * re + im * im)) * filter.drive(j)
      }
      #expect(abs(Double(y[out]) - expected - skip[out]) < 1e-4)
    }
  }

  /// Moduli lie on their ring, their squares spread evenly, and phases as well.
  @Test func eigenvaluesAtTheBeginning() {
    var cell = LRU()
    (cell.size, cell.states, cell.maximumPhase) = (1, 4000, 2)
    (cell.minimumRadius, cell.maximumRadius) = (0.3, 0.9)
    let store = ParameterStore(
      CellTests.program(of: [cell], inputSize: 1).parameters, key: RandomKey(seed: 1))
    let squares = store.values(of: "cell0/nu").map { exp(-2 * exp(Double($0))) }
    #expect(squares.allSatisfy { $0 > 0.0899 && $0 < 0.8101 })
    #expect(abs(squares.reduce(0, +) / 4000 - 0.45) < 0.012)
    let phases = store.values(of: "cell0/theta").map { exp(Double($0)) }
    #expect(phases.allSatisfy { $0 > 0 && $0 < 2.0001 })
    #expect(abs(phases.reduce(0, +) / 4000 - 1) < 0.03)
  }
}
