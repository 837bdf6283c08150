import Autodiff
import Tensor
import Testing

/// Programs that exercise each operation, each checked by differences and against the fast executor.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  let build: @Sendable (Tracer) -> Void
  var testDescription: String { name }

  /// y = body(x, v) where x is an input row of 7 and v depends on a parameter and a state.
  static func elementwise(
    _ name: String, _ body: @escaping @Sendable (Value, Value) -> Value
  ) -> OperationCase {
    OperationCase(name: name) { tracer in
      let x = tracer.input("x", width: 7)
      let h = tracer.state("h", width: 7)
      let w = tracer.matrix("w", rows: 7, columns: 7, .normal(0.5))
      let v = x.product(w) + 0.5 * h
      let y = body(v, x)
      tracer.update(h, to: y.tanh())
      tracer.output("y", y)
    }
  }

  /// Operations whose derivative is not that of their value.
  static let gradientControl: [OperationCase] = [
    elementwise("stop gradient") { v, x in v * (v + x).stopGradient() },
    elementwise("straight through") { v, x in (v + x).straightThrough(v * x) * 2 },
    elementwise("spikes with a triangle") { v, x in
      let spike = (v + x).spike(Surrogate(.triangle, height: 0.7, halfWidth: 0.8))
      return spike * v - x * spike
    },
    elementwise("spikes with other surrogates") { v, x in
      v.spike(Surrogate(.fastSigmoid)) * x + (v * x).spike(Surrogate(.logistic, height: 0.3))
        + (v - 0.1).spike(Surrogate(.arctangent, halfWidth: 0.3))
        + x * v.spike(Surrogate(.rectangle, halfWidth: 0.6))
    },
    elementwise("hard gate") { v, x in v.step().straightThrough(v.sigmoid()) * x },
  ]

  static let all: [OperationCase] = [
    elementwise("add, subtract, multiply, divide") { v, x in (v + x) * (v - x) / (2 + x) },
    elementwise("divide by a value") { v, x in x / (3 + v) + 1 / (3 + v) },
    elementwise("sigmoid") { v, _ in v.sigmoid() },
    elementwise("tanh") { v, _ in v.tanh() },
    elementwise("exp") { v, _ in v.exp() },
    elementwise("log") { v, _ in (v.squared() + 1).log() },
    elementwise("sine and cosine") { v, x in (3 * v).sine() + (x * v).cosine() },
    elementwise("square root") { v, _ in (v.squared() + 1).squareRoot() },
    elementwise("absolute") { v, _ in v.absolute() },
    elementwise("clamp") { v, _ in v.clamped(-0.6, 0.6) },
    elementwise("relu") { v, _ in v.relu() },
    elementwise("minimum") { v, x in .minimum(v, x) },
    elementwise("maximum") { v, x in .maximum(v, 0.5 * v + x) },
    elementwise("select") { v, x in v.step().select(v * x, x - v) },
    elementwise("slices and concatenation") { v, x in
      .concatenate([v[3..<7].sigmoid(), x[1..<3], v[2..<3] * x[0..<1]])
    },
    elementwise("overlapping slices") { v, _ in
      .concatenate([v[0..<4] + v[2..<6], v[4..<7] * v[0..<3]])
    },
    elementwise("sum and expand") { v, x in v * (v * x).sum() + (0.1 * v).sum() },
    elementwise("log softmax") { v, _ in v.logSoftmax() },
    elementwise("repeated use") { v, x in
      let a = v.sigmoid()
      return a * a + (a * v) * x + v
    },
    OperationCase(name: "sums of products, bias, addend") { tracer in
      let x = tracer.input("x", width: 5)
      let h = tracer.state("h", width: 19)
      let w = tracer.matrix("w", rows: 5, columns: 19, .normal(0.3))
      let u = tracer.matrix("u", rows: 19, columns: 19, .normal(0.2))
      let b = tracer.vector("b", width: 19)
      let c = tracer.vector("c", width: 19)
      let next = (x.product(w) + h.product(u) + b + 0.5 * h).tanh()
      tracer.update(h, to: next)
      tracer.output("y", next * c + x.product(w))
    },
    OperationCase(name: "products with matrices of one column and one row") { tracer in
      let x = tracer.input("x", width: 7)
      let h = tracer.state("h", width: 7)
      let down = tracer.matrix("down", rows: 7, columns: 1, .normal(0.5))
      let up = tracer.matrix("up", rows: 1, columns: 7, .normal(0.5))
      let next = (h.product(down).tanh().product(up) + x).tanh()
      tracer.update(h, to: next)
      tracer.output("y", next)
    },
    OperationCase(name: "product of a concatenation") { tracer in
      let x = tracer.input("x", width: 3)
      let a = tracer.input("a", width: 2)
      let h = tracer.state("h", width: 4)
      let w = tracer.matrix("w", rows: 9, columns: 4, .normal(0.5))
      let next = Value.concatenate([x, h, a]).product(w).tanh()
      tracer.update(h, to: next)
      tracer.output("y", next)
    },
    OperationCase(name: "delayed state read after the recurrence") { tracer in
      let x = tracer.input("x", width: 4)
      let previous = tracer.state("previous", width: 4)
      let h = tracer.state("h", width: 4)
      let w = tracer.matrix("w", rows: 4, columns: 4, .normal(0.5))
      let z = (h.product(w) + x).sigmoid()
      tracer.update(h, to: z)
      tracer.update(previous, to: z)
      let readout = tracer.matrix("readout", rows: 4, columns: 2, .normal(0.5))
      tracer.output("y", (previous * x).product(readout))
      tracer.output("z", z)
    },
    OperationCase(name: "state that is an input, output that is a view") { tracer in
      let x = tracer.input("x", width: 6)
      let memory = tracer.state("memory", width: 6, initial: 0.25)
      tracer.update(memory, to: x)
      let w = tracer.matrix("w", rows: 6, columns: 6, .normal(0.5))
      let v = (memory.product(w) + x).tanh()
      tracer.output("part", v[2..<4])
      tracer.output("memory", memory)
      tracer.output("constant", tracer.constant(2, width: 3))
      tracer.output("vector", tracer.vector("b", width: 3, .constant(1)))
      tracer.output("repeated", v.sum().expanded(3))
    },
    OperationCase(name: "wide rows") { tracer in
      let x = tracer.input("x", width: 30)
      let w = tracer.matrix("w", rows: 30, columns: 700, .normal(0.1))
      let b = tracer.vector("b", width: 700)
      let back = tracer.matrix("back", rows: 700, columns: 30, .normal(0.05))
      let h = tracer.state("h", width: 30)
      let wide = (Value.concatenate([h[0..<10], x[0..<20]]).product(w) * b + b).sigmoid()
      let next = wide.product(back).tanh()
      tracer.update(h, to: next)
      tracer.output("y", next)
    },
    // More operations of one width than one fused group holds.
    OperationCase(name: "a long chain") { tracer in
      let x = tracer.input("x", width: 5)
      let h = tracer.state("h", width: 5)
      let w = tracer.matrix("w", rows: 5, columns: 5, .normal(0.5))
      var y = x.product(w) + h
      for _ in 0..<300 { y = (y * 0.9 + x * h + 0.01).tanh() }
      tracer.update(h, to: y)
      tracer.output("y", y)
    },
    OperationCase(name: "one unit") { tracer in
      let x = tracer.input("x", width: 1)
      let h = tracer.state("h", width: 1)
      let w = tracer.matrix("w", rows: 1, columns: 1, .constant(0.5))
      let next = (h.product(w) + x).tanh()
      tracer.update(h, to: next)
      tracer.output("y", next)
    },
  ]
}

@Suite struct OperationTests {
  /// Sums of 700 products in Float32 are off by about √700 · 2⁻²⁴ of their terms.
  static let outputTolerance = 5e-6

  @Test(arguments: OperationCase.all, [(1, 1), (3, 5), (9, 4), (40, 9), (130, 3)])
  func agreesWithDifferencesAndReference(_ operation: OperationCase, _ size: (Int, Int)) {
    let tracer = Tracer()
    operation.build(tracer)
    var check = ProgramCheck(tracer.finish())
    (check.rows, check.steps) = size
    check.samples = size.0 > 10 ? 3 : 12
    let report = check.run()
    #expect(report.gradientError < 1e-6, "\(report)")
    #expect(report.outputError < Self.outputTolerance, "\(report)")
    #expect(report.fastGradientError < 2e-5, "\(report)")
  }

  /// Also with differences of the surrogate graph, and not with those of the value.
  @Test(arguments: OperationCase.gradientControl)
  func gradientControlAgreesWithReference(_ operation: OperationCase) {
    let tracer = Tracer()
    operation.build(tracer)
    var check = ProgramCheck(tracer.finish())
    #expect(check.run().gradientError > 0.01)
    check.usesSurrogates = true
    let report = check.run()
    #expect(report.gradientError < 1e-6, "\(report)")
    #expect(report.outputError < Self.outputTolerance, "\(report)")
    #expect(report.fastGradientError < 2e-5, "\(report)")
  }

  /// d/dv of v · stop(v + x) is v + x; of 2 · straightThrough(v + x, v · x) it is 2x, at any value.
  @Test func gradientControlReplacesTheDerivative() {
    for (straight, expected) in [(false, 1.25), (true, 1.0)] {
      let tracer = Tracer()
      let x = tracer.input("x", width: 1)
      let v = tracer.input("v", width: 1)
      let y =
        straight
        ? (v + x).straightThrough(v * x) * 2 : v * (v + x).stopGradient()
      tracer.output("y", y)
      let reference = ReferenceExecutor(
        tracer.finish(), objectives: ["y"], inputGradients: ["v"])
      let run = reference.forward([[[0.5]], [[0.75]]], steps: 1, rows: 1, parameters: [])
      #expect(run.outputs[0][0][0] == (straight ? 2.5 : 0.9375))
      let gradients = reference.gradients(run, cotangents: [[[1]]], parameters: [])
      #expect(gradients.inputs[1][0][0] == expected)
    }
  }

  @Test(arguments: OperationCase.all)
  func openBLASAgreesWithReference(_ operation: OperationCase) {
    let tracer = Tracer()
    operation.build(tracer)
    var check = ProgramCheck(tracer.finish())
    check.products = .openBLAS
    let report = check.run()
    #expect(report.outputError < Self.outputTolerance, "\(report)")
    #expect(report.fastGradientError < 2e-5, "\(report)")
  }
}
