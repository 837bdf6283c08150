import Autodiff
import Foundation
import NeuroMod
import Tensor
import Testing

/// The linear recurrent unit as a filter, against complex arithmetic in Double.
@Suite struct LinearRecurrentUnitTests {
  struct Complex {
    var re, im: Double

    static func * (a: Complex, b: Complex) -> Complex {
      Complex(re: a.re * b.re - a.im * b.im, im: a.re * b.im + a.im * b.re)
    }

    static func polar(_ radius: Double, _ phase: Double) -> Complex {
      Complex(re: radius * cos(phase), im: radius * sin(phase))
    }
  }

  static let (states, size) = (6, 4)
  let run: CellRun
  let parameters: [String: [Double]]

  init() {
    var cell = LRU()
    (cell.size, cell.states, cell.minimumRadius, cell.maximumRadius) =
      (Self.size, Self.states, 0.5, 0.995)
    run = CellRun(cell, seed: 7)
    var values: [String: [Double]] = [:]
    for parameter in run.program.parameters {
      values[parameter.name] = run.store.values(of: parameter.name).map(Double.init)
    }
    parameters = values
  }

  func values(_ name: String) -> [Double] { parameters["cell0/" + name, default: []] }

  /// The modulus and phase of each λ.
  var eigenvalues: [(radius: Double, phase: Double)] {
    zip(values("nu"), values("theta")).map { (exp(-exp($0)), exp($1)) }
  }

  /// Σ over states of Re(C_j · gain_j · B_j), for each output: C has −Im below Re.
  func output(_ gain: (Int) -> Complex) -> [Double] {
    let (b, c) = (values("input"), values("output"))
    return (0..<Self.size).map { out in
      (0..<Self.states).reduce(0) { sum, j in
        let input = Complex(re: b[j], im: b[Self.states + j])
        let readout = Complex(
          re: c[j * Self.size + out], im: -c[(Self.states + j) * Self.size + out])
        return sum + (readout * gain(j) * input).re
      }
    }
  }

  /// An impulse at step 0 is seen at step k as Re(C γ λᵏ B).
  @Test func impulseResponse() {
    let lambdas = eigenvalues
    for k in 0...300 {
      let y = run.step([k == 0 ? 1 : 0])
      let direct = k == 0 ? values("skip") : Array(repeating: 0, count: Self.size)
      let expected = output { j in
        let (radius, phase) = lambdas[j]
        let gamma = (1 - radius * radius).squareRoot()
        return .polar(gamma * pow(radius, Double(k)), phase * Double(k))
      }
      for out in 0..<Self.size {
        #expect(abs(Double(y[out]) - expected[out] - direct[out]) < 2e-5, "step \(k)")
      }
    }
  }

  /// Under constant input it settles at Re(C γ / (1 − λ) B) + D.
  @Test func steadyState() {
    var y: [Float] = []
    for _ in 0..<4000 { y = run.step([1]) }
    let lambdas = eigenvalues
    let expected = output { j in
      let (radius, phase) = lambdas[j]
      let lambda = Complex.polar(radius, phase)
      let (re, im) = (1 - lambda.re, -lambda.im)
      let gamma = (1 - radius * radius).squareRoot() / (re * re + im * im)
      return Complex(re: gamma * re, im: -gamma * im)
    }
    for out in 0..<Self.size {
      #expect(abs(Double(y[out]) - expected[out] - values("skip")[out]) < 1e-4)
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
