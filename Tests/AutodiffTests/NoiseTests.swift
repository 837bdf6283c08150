import Autodiff
import Tensor
import Testing

/// Random numbers of a training: what they are, and what stands for them otherwise.
@Suite struct NoiseTests {
  private static let width = 70
  private static let kinds: [(name: String, noise: Noise)] = [
    ("mask", .mask(probability: 0.8)), ("dropout", .dropout(rate: 0.25)),
    ("normal", .normal(deviation: 3)),
  ]
  private static let program = Program { tracer in
    for (name, noise) in kinds {
      tracer.output(name + "Out", tracer.noise(name, width: width, noise) + 0)
    }
  }

  private static func executor(rows: [Int], steps: Int) -> Executor {
    let executor = Executor(
      program, parameters: ParameterStore([], key: RandomKey(seed: 0)), rows: rows, steps: steps)
    executor.prepare()
    return executor
  }

  /// The numbers of one kind, `[steps × rows × width]`, of a batch divided into `rows`.
  private static func draw(_ name: String, rows: [Int], steps: Int, key: RandomKey) -> [Float] {
    let executor = executor(rows: rows, steps: steps)
    var first = 0
    for shard in executor.shards {
      shard.drawNoise(key, firstRow: first)
      shard.forward(0..<steps)
      first += shard.rows
    }
    return (0..<steps).flatMap { step in
      executor.shards.flatMap { shard in
        let stride = shard.outputStride(name + "Out")
        let output = shard.output(name + "Out", step: step)
        return (0..<shard.rows).flatMap { row in (0..<width).map { output[row * stride + $0] } }
      }
    }
  }

  @Test(arguments: [("mask", Float(0.8)), ("dropout", 1), ("normal", 0)])
  func withoutDrawingTheExpectedValueStands(_ name: String, _ mean: Float) {
    let shard = Self.executor(rows: [3], steps: 4).shards[0]
    shard.forward(0..<4)
    for step in 0..<4 {
      let output = shard.output(name + "Out", step: step)
      #expect((0..<Self.width).allSatisfy { output[$0] == mean })
    }
    #expect(Self.program.writtenInputs.isEmpty && Self.program.noises.count == 3)
  }

  /// Mean and variance within four standard errors; masks have two values.
  @Test func numbersHaveTheirDistribution() {
    let values = Dictionary(
      uniqueKeysWithValues: Self.kinds.map {
        (
          $0.name,
          Self.draw($0.name, rows: [20], steps: 50, key: RandomKey(seed: 4)).map(Double.init)
        )
      })
    let count = Double(20 * 50 * Self.width)
    func mean(_ name: String) -> Double { values[name]!.reduce(0, +) / count }
    #expect(Set(values["mask"]!) == [0, 1])
    #expect(abs(mean("mask") - 0.8) < 4 * (0.16 / count).squareRoot())
    #expect(Set(values["dropout"]!) == [0, Double(1 / (1 - Float(0.25)))])
    #expect(abs(mean("dropout") - 1) < 4 * (0.25 / 0.75 / count).squareRoot())
    #expect(abs(mean("normal")) < 4 * 3 / count.squareRoot())
    let squares = values["normal"]!.reduce(0) { $0 + $1 * $1 } / count
    #expect(abs(squares / 9 - 1) < 4 * (2 / count).squareRoot())
  }

  /// The blocks of Philox as the scalar generator makes them.
  @Test func masksAreTheWordsOfPhilox() {
    let (step, row, firstRow) = (2, 1, 5)
    let shard = Self.executor(rows: [3], steps: 4).shards[0]
    let key = RandomKey(seed: 9)
    shard.drawNoise(key, firstRow: firstRow)
    let drawn = shard.input("mask", step: step) + row * Self.width
    for column in 0..<Self.width {
      let (group, place) = (column / 64, column % 64)
      let words = Philox.block(
        low: UInt64(16 * group + place % 16), high: UInt64(step) << 32 | UInt64(firstRow + row),
        key: (key / "mask").bits)
      #expect(drawn[column] == (Double(words[place / 16]) < 0.2 * 0x1p32 ? 0 : 1))
    }
  }

  @Test func onlyKeyStepAndRowMatter() {
    for (name, _) in Self.kinds {
      let whole = Self.draw(name, rows: [8], steps: 5, key: RandomKey(seed: 1))
      #expect(Self.draw(name, rows: [3, 5], steps: 5, key: RandomKey(seed: 1)) == whole)
      #expect(Self.draw(name, rows: [8], steps: 5, key: RandomKey(seed: 2)) != whole)
      let rows = stride(from: 0, to: whole.count, by: Self.width).map {
        Array(whole[$0..<$0 + Self.width])
      }
      #expect(Set(rows).count == rows.count, "two steps or rows of \(name) are the same")
    }
  }
}
