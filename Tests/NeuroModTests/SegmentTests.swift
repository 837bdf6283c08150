import Autodiff
import Configuration
import NeuroMod
import Tensor
import Testing

/// A backward pass that runs segments of the sequence again gives the bits of one that kept everything.
@Suite struct SegmentTests {
  static let steps = 37

  static let cells = [
    #""gru""#, #""lstm""#, #""brc""#, #""lru""#,
    #"{"name": "egru", "thresholdMean": 0.1}"#,
    #"{"name": "lsnn", "threshold": 0.02, "delays": 7, "refractory": 2}"#,
    #"{"name": "stack", "cells": ["bmru", "nbrc"]}"#,
  ]

  /// Everything one pass there and back gives.
  struct Pass: Equatable {
    var outputs: [Float] = []
    var gradient: [Float] = []
    var states: [Float] = []
  }

  /// A cell with a readout; with `showsCell` its own row is an output, too.
  private static func program(_ cell: String, showsCell: Bool) throws -> Program {
    let cell = try CellChoice(json: JSONValue(parsing: cell), at: .root).cell(size: 9)
    return Program { tracer in
      let h = tracer.scope("cell") { cell.step(tracer.input("x", width: 5), in: tracer) }
      if showsCell { tracer.output("h", h) }
      tracer.output("y", tracer.scope("readout") { Dense(size: 2)(h, in: tracer) })
    }
  }

  private static func executor(
    _ program: Program, rows: Int, segmentSteps: Int?, steps: Int = steps,
    givesStateGradients: Bool = false, keepsStates: Bool = true
  ) -> Executor {
    Executor(
      program, parameters: ParameterStore(program.parameters, key: RandomKey(seed: 2)),
      rows: [rows], steps: steps, objectives: ["y"], inputGradients: ["x"],
      segmentSteps: segmentSteps, givesStateGradients: givesStateGradients,
      keepsStates: keepsStates)
  }

  /// Two passes, the second one from other states; with derivatives by the last and the first states if the executor
  /// gives them.
  private static func passes(
    _ executor: Executor, in ranges: [Range<Int>], givesStateGradients: Bool
  ) -> [Pass] {
    let shard = executor.shards[0]
    var random = RandomKey(seed: 3).stream()
    executor.prepare()
    return (0..<2).map { _ in
      for i in 0..<steps * shard.rows * 5 { shard.input("x")[i] = random.uniform(-1, 2) }
      for i in 0..<steps * shard.rows * 2 { shard.cotangent("y")[i] = random.uniform(-1, 1) }
      for (state, width) in shard.stateWidths.enumerated() {
        for i in 0..<shard.rows * width { shard.state(state)[i] = random.uniform(-0.5, 0.5) }
      }
      for range in ranges { shard.forward(range) }
      var pass = Pass()
      for (state, width) in shard.stateWidths.enumerated() {
        let last = shard.state(state, step: steps)
        pass.states += (0..<shard.rows * width).map { last[$0] }
        guard givesStateGradients else { continue }
        for i in 0..<shard.rows * width {
          shard.stateGradient(state, step: steps)[i] = random.uniform(-1, 1)
        }
      }
      shard.backward(steps, keepsLastStateGradient: givesStateGradients)
      for step in 0..<steps {
        let y = shard.output("y", step: step)
        pass.outputs += (0..<shard.rows).flatMap { row in
          (0..<2).map { y[row * shard.outputStride("y") + $0] }
        }
      }
      pass.gradient = (0..<executor.parameters.layout.count).map { shard.gradient[$0] }
      if let x = shard.inputGradient("x") {
        pass.gradient += (0..<steps * shard.rows * 5).map { x[$0] }
      }
      for (state, width) in shard.stateWidths.enumerated() where givesStateGradients {
        let first = shard.stateGradient(state, step: 0)
        pass.gradient += (0..<shard.rows * width).map { first[$0] }
      }
      return pass
    }
  }

  @Test(arguments: cells, [1, 6, 130]) func bitsAreThoseOfTheWholeSequence(
    _ cell: String, rows: Int
  ) throws {
    for (showsCell, givesStates) in [(false, false), (false, true), (true, false), (true, true)] {
      let program = try Self.program(cell, showsCell: showsCell)
      func passes(
        segmentSteps: Int?, in ranges: [Range<Int>], keepsStates: Bool = true
      ) -> [Pass] {
        Self.passes(
          Self.executor(
            program, rows: rows, segmentSteps: segmentSteps, givesStateGradients: givesStates,
            keepsStates: keepsStates),
          in: ranges, givesStateGradients: givesStates)
      }
      let whole = passes(segmentSteps: nil, in: [0..<Self.steps])
      #expect(whole[0] != whole[1] && whole[0].gradient.contains { $0 != 0 })
      for segmentSteps in [nil, 1, 5, 16, 36, 37, 100] {
        let parts = segmentSteps == 5 ? [0..<3, 3..<21, 21..<Self.steps] : [0..<Self.steps]
        for keepsStates in [true, false] {
          #expect(
            passes(segmentSteps: segmentSteps, in: parts, keepsStates: keepsStates) == whole,
            "\(String(describing: segmentSteps)) \(showsCell) \(givesStates) \(keepsStates)")
        }
      }
    }
  }

  /// What is left are inputs, outputs and the states before each segment.
  @Test func memoryShrinks() throws {
    let program = try Self.program(#"{"name": "lsnn"}"#, showsCell: false)
    let (rows, steps) = (64, 1024)
    func size(_ segmentSteps: Int?, keepsStates: Bool = true) -> Int {
      Self.executor(
        program, rows: rows, segmentSteps: segmentSteps, steps: steps, keepsStates: keepsStates
      ).shards[0].memorySize
    }
    #expect(size(32) * 3 < size(nil) * 2)
    #expect(size(1024) == size(nil))
    // Of nine neurons the potentials and the steps since the last spike are not read backwards.
    #expect(size(nil, keepsStates: false) < size(nil) - 9 * rows * (steps - 8))
  }

  /// 120 LIF and 100 adaptive neurons with a price on their activity, 80 inputs, 840 steps, 256 sequences:
  /// more than half a GB with everything at once.
  @Test func longSequencesOfSpikesFit() throws {
    let cell = try CellChoice(
      json: JSONValue(parsing: #"{"name": "lsnn", "adaptiveFraction": 0.4545}"#), at: .root
    ).cell(size: 220)
    let program = Program { tracer in
      let z = tracer.scope("cell") { cell.step(tracer.input("x", width: 80), in: tracer) }
      tracer.output("y", tracer.scope("readout") { Dense(size: 10)(z, in: tracer) })
    }
    func bytes(_ segmentSteps: Int?) -> Int {
      let executor = Executor(
        program, parameters: ParameterStore(program.parameters, key: RandomKey(seed: 1)),
        rows: [128, 128], steps: 840, objectives: ["y", "cell/activity"],
        totals: ["cell/activity", "cell/backwardSparsity"], segmentSteps: segmentSteps,
        keepsStates: false)
      return 4 * executor.shards.reduce(0) { $0 + $1.memorySize }
    }
    #expect(bytes(60) < 200_000_000, "\(bytes(60))")
    #expect(bytes(nil) > 500_000_000, "\(bytes(nil))")
  }
}
