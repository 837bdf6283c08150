import Autodiff
import Configuration
import NeuroMod
import Tensor
import Testing

/// An output of which only the total is kept costs no memory and changes no bit.
@Suite struct OutputTotalTests {
  static let steps = 21

  /// What a pass there and back gives.
  struct Pass: Equatable {
    var totals: [Double] = []
    var outputs: [Float] = []
    var gradient: [Float] = []
  }

  /// A cell and its square, each an output beside the readout.
  private static func program(_ cell: String) throws -> Program {
    let cell = try CellChoice(json: JSONValue(parsing: cell), at: .root).cell(size: 9)
    return Program { tracer in
      let h = tracer.scope("cell") { cell.step(tracer.input("x", width: 5), in: tracer) }
      tracer.output("h", h)
      tracer.output("square", h * h)
      tracer.output("y", tracer.scope("readout") { Dense(size: 2)(h, in: tracer) })
    }
  }

  private static func executor(
    _ program: Program, rows: Int, steps: Int = steps, totals: [String], segmentSteps: Int? = nil
  ) -> Executor {
    Executor(
      program, parameters: ParameterStore(program.parameters, key: RandomKey(seed: 2)),
      rows: [rows], steps: steps, objectives: ["y", "h"], totals: totals,
      segmentSteps: segmentSteps)
  }

  /// Two passes over other inputs; sums of what is kept are made here, in the order of steps and rows.
  private static func passes(_ executor: Executor, totals: Bool, in ranges: [Range<Int>]) -> [Pass]
  {
    let shard = executor.shards[0]
    var random = RandomKey(seed: 3).stream()
    executor.prepare()
    return (0..<2).map { _ in
      for i in 0..<steps * shard.rows * 5 { shard.input("x")[i] = random.uniform(-1, 2) }
      for i in 0..<steps * shard.rows * 2 { shard.cotangent("y")[i] = random.uniform(-1, 1) }
      let price = (0..<9).map { _ in random.uniform(-0.1, 0.1) }
      shard.resetStates()
      for range in ranges { shard.forward(range) }
      if totals {
        shard.setTotalCotangent("h", to: price)
      } else {
        for i in 0..<steps * shard.rows * 9 { shard.cotangent("h")[i] = price[i % 9] }
      }
      shard.backward(steps)
      var pass = Pass()
      for name in ["h", "square"] {
        if totals {
          pass.totals += shard.total(name)
        } else {
          pass.totals += sums(of: name, in: shard)
        }
      }
      pass.outputs = (0..<steps).flatMap { step in
        (0..<shard.rows).flatMap { row in
          (0..<2).map { shard.output("y", step: step)[row * shard.outputStride("y") + $0] }
        }
      }
      pass.gradient = (0..<executor.parameters.layout.count).map { shard.gradient[$0] }
      return pass
    }
  }

  private static func sums(of name: String, in shard: Shard) -> [Double] {
    var sums = [Double](repeating: 0, count: 9)
    for step in 0..<steps {
      let output = shard.output(name, step: step)
      for row in 0..<shard.rows {
        let numbers = output + row * shard.outputStride(name)
        for unit in sums.indices { sums[unit] += Double(numbers[unit]) }
      }
    }
    return sums
  }

  @Test(arguments: SegmentTests.cells, [1, 6, 130]) func bitsAreThoseOfOutputsKept(
    _ cell: String, rows: Int
  ) throws {
    let program = try Self.program(cell)
    let kept = Self.passes(
      Self.executor(program, rows: rows, totals: []), totals: false, in: [0..<Self.steps])
    #expect(kept[0] != kept[1] && kept[0].totals.contains { $0 != 0 })
    for segmentSteps in [nil, 1, 8, 100] {
      let executor = Self.executor(
        program, rows: rows, totals: ["h", "square"], segmentSteps: segmentSteps)
      let parts = segmentSteps == 8 ? [0..<3, 3..<17, 17..<Self.steps] : [0..<Self.steps]
      let passes = Self.passes(executor, totals: true, in: parts)
      #expect(passes == kept, "\(segmentSteps ?? 0)")
    }
  }

  @Test func memoryIsThatOfABlock() throws {
    let program = try Self.program(#""gru""#)
    func size(_ totals: [String]) -> Int {
      Self.executor(program, rows: 64, steps: 1024, totals: totals, segmentSteps: 32)
        .shards[0].memorySize
    }
    // Both outputs, and the derivative by one of them, of all steps.
    #expect(size([]) - size(["h", "square"]) > 1024 * 64 * 9 * 28 / 10)
  }
}
