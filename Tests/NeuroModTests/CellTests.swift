import Autodiff
import Configuration
import NeuroMod
import Tensor
import Testing

/// A cell in one of its published variants.
struct CellCase: Sendable, CustomTestStringConvertible {
  let json: String
  /// Whether derivatives are replaced on purpose.
  var usesSurrogates = false
  /// Whether outputs lie within ±1, whatever the input.
  var isBounded = true
  /// Outputs in Float32 against Double.
  var outputTolerance = CellTests.outputTolerance
  /// Derivatives in Float32, sums over all steps and rows.
  var fastGradientTolerance = CellTests.fastGradientTolerance
  var testDescription: String { json }

  func cell(size: Int) throws -> any Cell {
    try CellChoice(json: JSONValue(parsing: json), at: .root).cell(size: size)
  }

  static let all = gated + plain + unbounded + spiking + hysteretic + events + adaptive

  static let gated = [
    #"{"name": "gru", "reset": "after"}"#,
    #"{"name": "gru", "reset": "after", "candidateBias": true}"#,
    #"{"name": "gru", "reset": "after", "recurrentBias": true}"#,
    #"{"name": "gru", "reset": "after", "candidateBias": true, "recurrentBias": true}"#,
    #"{"name": "gru", "reset": "before"}"#,
    #"{"name": "gru", "reset": "before", "candidateBias": true}"#,
    #"{"name": "lstm"}"#,
    #"{"name": "lstm", "recurrentBias": true, "gateBiases": {"scheme": "chrono"}}"#,
    #"{"name": "mgu"}"#,
    #"{"name": "brc"}"#,
    #"{"name": "brc", "candidateBias": true}"#,
    #"{"name": "nbrc"}"#,
    #"{"name": "nbrc", "candidateBias": true}"#,
    #"{"name": "double", "first": "brc", "second": "gru", "share": 0.3}"#,
    #"{"name": "stack", "cells": ["mgu", "brc"]}"#,
  ].map { CellCase(json: $0) }

  static let plain = Activation.allCases.map { activation in
    CellCase(
      json: #"{"name": "rnn", "activation": "\#(activation.rawValue)"}"#,
      isBounded: activation != .identity && activation != .relu)
  }

  static let unbounded = [
    #"{"name": "lru"}"#,
    #"{"name": "lru", "states": 3}"#,
    #"{"name": "block", "cell": "brc"}"#,
    #"{"name": "block"}"#,
    #"{"name": "integrator"}"#,
    #"{"name": "integrator", "source": "randomWeights"}"#,
  ].map { CellCase(json: $0, isBounded: false) }

  /// Units at rest lie at tanh(−6), whose derivative 1 − tanh² = 2 · 10⁻⁵ is only as exact as tanh. The
  /// positive feedback multiplies the rounding of sums near 7, 2.4 · 10⁻⁷, by up to 2 in each step: by
  /// the six steps of a check to 1.5 · 10⁻⁵, and that of the terms of these sums as well.
  static let spiking = [
    #"{"name": "src"}"#,
    #"{"name": "src", "slowGate": "previousState", "feedbackNoise": 0.1}"#,
    #"{"name": "src", "learnBias": false, "fastGate": 0.2, "bias": -4}"#,
    #"{"name": "src", "restingGate": 0.7, "spikingGate": 0.2}"#,
  ].map {
    CellCase(
      json: $0, usesSurrogates: true, outputTolerance: 3e-5, fastGradientTolerance: 5e-4)
  }

  static let hysteretic = [
    #"{"name": "bmru"}"#,
    #"{"name": "bmru", "threshold": "input", "update": "cumulate", "initialThreshold": 0.5}"#,
    #"{"name": "bmru", "gateSurrogate": "sigmoid", "signSurrogate": "hyperbolic"}"#,
    #"{"name": "stack"}"#,
  ].map { CellCase(json: $0, usesSurrogates: true, isBounded: false) }

  static let events = [
    #"{"name": "egru"}"#,
    #"{"name": "egru", "form": "paper"}"#,
    #"{"name": "egru", "zoneout": 0.3, "dropConnect": 0.2}"#,
    #"{"name": "egru", "form": "paper", "zoneout": 0.3}"#,
    #"{"name": "egru", "learnsThreshold": false}"#,
    #"{"name": "egru", "surrogateHalfWidth": 0.3, "surrogate": "logistic"}"#,
    #"{"name": "egru", "penalty": {"belowThreshold": 0.3, "nearMinusOne": 0.2, "state": 0.1}}"#,
  ].map { CellCase(json: $0, usesSurrogates: true, isBounded: true) }

  /// Thresholds of the size of the numbers that a check draws for states.
  static let adaptive = [
    #""adaptiveFraction": 0, "refractory": 0"#,
    #""adaptiveFraction": 1, "refractory": 0"#,
    #""delays": 3, "delaySeed": 2, "refractory": 0"#,
    #""spikeSource": "previousMembrane", "refractory": 0"#,
    #""refractory": 2"#,
    #""currentNoise": 0.5, "refractory": 0"#,
    #""refractory": 0, "membraneTime": 3, "adaptationTime": 5"#,
    #""recurrent": false, "delays": 2, "refractory": 0"#,
    #""stopsGradientAtReset": true, "refractory": 1"#,
    #""timeStep": 2, "surrogate": "fastSigmoid", "surrogateHeight": 1"#,
  ].map {
    CellCase(
      json: #"{"name": "lsnn", "threshold": 1, "adaptationStrength": 0.3, \#($0)}"#,
      usesSurrogates: true)
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

  static func expectAgreement(
    _ check: ProgramCheck, _ what: String, outputTolerance: Double = outputTolerance,
    fastGradientTolerance: Double = fastGradientTolerance
  ) {
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
      (check.samples, check.usesSurrogates) = (6, cell.usesSurrogates)
      Self.expectAgreement(
        check, "\(size) units", outputTolerance: cell.outputTolerance,
        fastGradientTolerance: cell.fastGradientTolerance)
    }
  }

  @Test(arguments: CellCase.all) func layersStack(_ cell: CellCase) throws {
    var check = ProgramCheck(
      Self.program(of: [try cell.cell(size: 7), try cell.cell(size: 5)], inputSize: 3))
    (check.samples, check.usesSurrogates) = (6, cell.usesSurrogates)
    Self.expectAgreement(
      check, "two layers", outputTolerance: cell.outputTolerance,
      fastGradientTolerance: cell.fastGradientTolerance)
  }

  /// Weights too large for comfort: gates saturate, and nothing overflows.
  @Test(arguments: CellCase.all) func largeInputsStayFinite(_ cell: CellCase) throws {
    guard cell.isBounded else { return }
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
    #expect(try count(#"{"name": "lstm", "recurrentBias": true}"#) == 4 * 10 * 16)
    #expect(try count(#""mgu""#) == 2 * 10 * 15)
    // Inputs of two gates and the candidate, two recurrent weights and biases a unit.
    #expect(try count(#""brc""#) == 3 * 4 * 10 + 4 * 10)
    #expect(try count(#"{"name": "brc", "candidateBias": true}"#) == 3 * 4 * 10 + 5 * 10)
    #expect(try count(#""nbrc""#) == 3 * 4 * 10 + 2 * 100 + 2 * 10)
    #expect(try count(#""src""#) == 4 * 10 + 10)
    #expect(try count(#""bmru""#) == 4 * 10 + 3 * 10)
    #expect(try count(#"{"name": "bmru", "threshold": "input"}"#) == 2 * 4 * 10 + 3 * 10)
    // B and C are complex, λ has two numbers a state, D is a matrix as widths differ.
    #expect(try count(#"{"name": "lru", "states": 6}"#) == 2 * 6 * (4 + 10) + 2 * 6 + 4 * 10)
    #expect(try count(#""integrator""#) == 0)
    #expect(
      try count(#"{"name": "double", "first": "brc", "second": "mgu", "share": 0.3}"#)
        == 3 * (3 * 4 + 4) + 2 * 7 * (4 + 7 + 1))
    #expect(try count(#""lsnn""#) == 10 * 14)
    #expect(try count(#"{"name": "lsnn", "delays": 10}"#) == 10 * 14)
    #expect(try count(#""egru""#) == 3 * 10 * 14 + 70)
    #expect(try count(#"{"name": "egru", "form": "paper"}"#) == 3 * 10 * 14 + 40)
  }

  @Test func forgetGateBeginsOpen() throws {
    let cell = try CellCase(json: #"{"name": "lstm", "forgetBias": 2.5}"#).cell(size: 3)
    let store = ParameterStore(
      Self.program(of: [cell], inputSize: 2).parameters, key: RandomKey(seed: 1))
    #expect(store.values(of: "cell0/bias") == [0, 0, 0, 2.5, 2.5, 2.5, 0, 0, 0, 0, 0, 0])
  }
}
