import Autodiff
import CKernels
import Testing

/// The functions that take the place of a spike's derivative.
@Suite struct SurrogateTests {
  static let kernels: [(Surrogate.Shape, Int)] = [
    (.triangle, Int(METARL_TRIANGLE_GRADIENT)), (.rectangle, Int(METARL_RECTANGLE_GRADIENT)),
    (.fastSigmoid, Int(METARL_FAST_SIGMOID_GRADIENT)),
    (.logistic, Int(METARL_LOGISTIC_GRADIENT)), (.arctangent, Int(METARL_ARCTANGENT_GRADIENT)),
  ]

  @Test(arguments: kernels) func kernelsAgree(_ shape: Surrogate.Shape, _ instruction: Int) {
    let surrogate = Surrogate(shape, height: 0.3, halfWidth: 0.8)
    let v = ElementaryFunctionTests.range(-4, 4, 100_000)
    let gradient = v.indices.map { Float($0 % 11) - 5 }
    let fast = fused(
      instruction, [gradient, v], x: surrogate.height, y: 1 / surrogate.halfWidth)
    let error =
      v.indices.map { index -> Double in
        // A rectangle jumps where the product of v and the inverse half-width does.
        if shape == .rectangle, abs(abs(v[index]) - surrogate.halfWidth) < 1e-4 { return 0 }
        let exact = Double(gradient[index]) * surrogate.derivative(Double(v[index]))
        return abs(exact - Double(fast[index]))
      }.max() ?? .nan
    #expect(error < 1e-6, "\(error)")
  }

  @Test(arguments: Surrogate.Shape.allCases) func shapes(_ shape: Surrogate.Shape) {
    let surrogate = Surrogate(shape, height: 0.75, halfWidth: 0.5)
    #expect(surrogate.derivative(0) == 0.75)
    for v in stride(from: -3.03, to: 3, by: 0.1) {
      #expect(surrogate.derivative(v) == surrogate.derivative(-v))
      #expect(surrogate.derivative(v) >= 0 && surrogate.derivative(v) <= 0.75)
      let h = 1e-6
      let slope = (surrogate.integral(v + h) - surrogate.integral(v - h)) / (2 * h)
      #expect(abs(slope - surrogate.derivative(v)) < 1e-6, "\(shape) at \(v)")
    }
    #expect(abs(surrogate.integral(-1e9)) < 1e-6)
  }

  /// The published triangle: exactly zero from the half-width on, and its integral there is a plateau
  /// of height · half-width.
  @Test func triangleEnds() {
    let surrogate = Surrogate(.triangle, height: 0.7, halfWidth: 0.5)
    #expect(surrogate.derivative(0.5) == 0 && surrogate.derivative(-0.5) == 0)
    #expect(surrogate.derivative(0.25) == Double(Float(0.7)) * 0.5)
    #expect(surrogate.integral(-0.5) == 0)
    #expect(surrogate.integral(0.5) == surrogate.integral(7))
    #expect(abs(surrogate.integral(0.5) - 0.35) < 1e-7)
    let gradient = fused(
      Int(METARL_TRIANGLE_GRADIENT), [[1, 1, 1, 1], [0.5, -0.5, 9, -9]], x: 0.7, y: 2, width: 4)
    #expect(gradient == [0, 0, 0, 0])
  }

  /// A spike is strictly above the threshold, and what is not a number reaches the gradient.
  @Test func spikesAreStrict() {
    let tracer = Tracer()
    let v = tracer.input("v", width: 4)
    tracer.output("z", v.spike(Surrogate()))
    let program = tracer.finish()
    let run = ReferenceExecutor(program).forward(
      [[[0, -0.5, 1e-30, 2]]], steps: 1, rows: 1, parameters: [])
    #expect(run.outputs[0][0] == [0, 0, 1, 1])
    let slope = fused(Int(METARL_TRIANGLE_GRADIENT), [[1], [.nan]], x: 1, y: 1, width: 1)
    #expect(slope[0].isNaN)
  }
}
