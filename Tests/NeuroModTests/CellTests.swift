import Autodiff
import Configuration
import NeuroMod
import Tensor
import Testing

/// A cell in one of its published variants.
struct CellCase: Sendable, CustomTestStringConvertible {
  let json: String
  var testDescription: String { json }

  func cell(size: Int) throws -> any Cell {
    try CellChoice(json: JSONValue(parsing: json), at: .root).cell(size: size)
  }

  static let all =
    [
      #"{"name": "gru", "reset": "after"}"#,
      #"{"name": "gru", "reset": "after", "candidateBias": true}"#,
      #"{"name": "gru", "reset": "after", "recurrentBias": true}"#,
      #"{"name": "gru", "reset": "after", "candidateBias": true, "recurrentBias": true}"#,
      #"{"name": "gru", "reset": "before"}"#,
      #"{"name": "gru", "reset": "before", "candidateBias": true}"#,
      #"{"name": "lstm"}"#,
    ].map(CellCase.init)
    + Activation.allCases.map {
      CellCase(json: #"{"name": "rnn", "activation": "\#($0.rawValue)"}"#)
    }
}

/// Every cell by differences and against the fast executor.
@Suite struct CellTests {
  /// Derivatives in Double against central differences, relative to the largest of the tensor.
  static let gradientTolerance = 1e-6
  /// Outputs in Float32 against Double: about thirty units in the last place.
  static let outputTolerance = 2e-6
  /// Derivatives in Float32, sums over all steps and rows.
  static let fastGradientTolerance = 1e-5

  static func expectAgreement(_ check: ProgramCheck, _ what: String) {
    let report = check.run()
    #expect(report.gradientError < gradientTolerance, "\(what): \(report)")
    #expect(report.outputError < outputTolerance, "\(what): \(report)")
    #expect(report.fastGradientError < fastGradientTolerance, "\(what): \(report)")
  }

  static func program(of cells: [any Cell], inputSize: Int) -> Program {
    let tracer = Tracer()
    var x = tracer.input("x", width: inputSize)
    for (index, cell) in cells.enumerated() {
      x = tracer.scope("cell\(index)") { cell.step(x, in: tracer) }
    }
    tracer.output("y", x)
    return tracer.finish()
  }

  @Test(arguments: CellCase.all, [1, 2, 3] as [UInt64])
  func agreesWithDifferencesAndReference(_ cell: CellCase, seed: UInt64) throws {
    for (inputSize, size, rows, steps) in [(1, 1, 1, 1), (5, 9, 3, 6), (3, 32, 10, 4)] {
      var check = ProgramCheck(
        Self.program(of: [try cell.cell(size: size)], inputSize: inputSize))
      (check.rows, check.steps, check.key) = (rows, steps, RandomKey(seed: seed))
      check.samples = 6
      Self.expectAgreement(check, "\(size) units")
    }
  }

  @Test(arguments: CellCase.all) func layersStack(_ cell: CellCase) throws {
    var check = ProgramCheck(
      Self.program(of: [try cell.cell(size: 7), try cell.cell(size: 5)], inputSize: 3))
    check.samples = 6
    Self.expectAgreement(check, "two layers")
  }

  /// Weights too large for comfort: gates saturate, and nothing overflows.
  @Test(arguments: CellCase.all) func largeInputsStayFinite(_ cell: CellCase) throws {
    guard !cell.json.contains("identity"), !cell.json.contains(#""relu""#) else { return }
    let program = Self.program(of: [try cell.cell(size: 6)], inputSize: 3)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    store.assign(store.array.map { 500 * $0 })
    let executor = Executor(
      program, parameters: store, rows: [4], steps: 30, objectives: ["y"])
    executor.prepare()
    let shard = executor.shards[0]
    for i in 0..<30 * 4 * 3 { shard.input("x")[i] = Float(i % 7 - 3) * 100 }
    for i in 0..<30 * 4 * 6 { shard.cotangent("y")[i] = 1 }
    shard.forward(0..<30)
    shard.backward(30)
    for step in 0..<30 {
      for i in 0..<24 { #expect(abs(shard.output("y", step: step)[i]) <= 1.00001) }
    }
    #expect((0..<program.parameterCount).allSatisfy { shard.gradient[$0].isFinite })
  }

  @Test func parametersOfTheVariants() throws {
    func count(_ json: String) throws -> Int {
      Self.program(of: [try CellCase(json: json).cell(size: 10)], inputSize: 4).parameterCount
    }
    #expect(try count(#""gru""#) == 3 * 10 * 14 + 20)
    #expect(try count(#"{"name": "gru", "candidateBias": true}"#) == 3 * 10 * 14 + 30)
    #expect(try count(#"{"name": "gru", "recurrentBias": true}"#) == 3 * 10 * 14 + 30)
    #expect(try count(#""lstm""#) == 4 * 10 * 15)
    #expect(try count(#""rnn""#) == 10 * 15)
  }

  @Test func forgetGateBeginsOpen() throws {
    let cell = try CellCase(json: #"{"name": "lstm", "forgetBias": 2.5}"#).cell(size: 3)
    let store = ParameterStore(
      Self.program(of: [cell], inputSize: 2).parameters, key: RandomKey(seed: 1))
    #expect(store.values(of: "cell0/forgetBias") == [2.5, 2.5, 2.5])
    #expect(store.values(of: "cell0/inputBias") == [0, 0, 0])
  }
}
