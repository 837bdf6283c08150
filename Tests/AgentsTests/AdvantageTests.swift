import Agents
import Envs
import Tensor
import Testing

/// Advantages against the λ-weighted average of n-step returns, summed without any recursion.
@Suite struct AdvantageTests {
  /// One row of a batch.
  struct Row {
    var rewards: [Float] = []
    var values: [Float] = []
    var nextValues: [Float] = []
    var ends: [StepEnd] = []
  }

  /// Random numbers; `end` says how each step ends.
  static func row(_ steps: Int, seed: UInt64, end: (Int, inout RandomStream) -> StepEnd) -> Row {
    var random = (RandomKey(seed: seed) / "row").stream()
    var row = Row()
    for _ in 0..<steps {
      row.rewards.append(random.uniform(-2, 2))
      row.values.append(random.uniform(-3, 3))
    }
    for step in 0..<steps {
      row.ends.append(end(step, &random))
      // After an end, the value of the final observation is not that of the next episode's first.
      let goesOn = row.ends[step] == .running && step + 1 < steps
      row.nextValues.append(goesOn ? row.values[step + 1] : random.uniform(-3, 3))
    }
    return row
  }

  /// (1 − λ) Σₙ λⁿ⁻¹ G⁽ⁿ⁾ with all that is left on the last return, minus V.
  static func bruteForce(_ row: Row, discount: Double, lambda: Double) -> [Double] {
    func power(_ base: Double, _ exponent: Int) -> Double {
      (0..<exponent).reduce(1) { product, _ in product * base }
    }
    return row.rewards.indices.map { start in
      let last = row.ends[start...].firstIndex { $0 != .running } ?? row.ends.count - 1
      var advantage = -Double(row.values[start])
      for stop in start...last {
        let n = stop - start + 1
        var g = (start...stop).reduce(0.0) {
          $0 + power(discount, $1 - start) * Double(row.rewards[$1])
        }
        if row.ends[stop] != .terminated && row.ends[stop] != .both {
          g += power(discount, n) * Double(row.nextValues[stop])
        }
        advantage += power(lambda, n - 1) * (stop == last ? 1 : 1 - lambda) * g
      }
      return advantage
    }
  }

  static func compute(_ rows: [Row], discount: Double, lambda: Double) -> [[Float]] {
    let (count, steps) = (rows.count, rows[0].rewards.count)
    func interleaved<Number>(_ path: (Row) -> [Number]) -> [Number] {
      (0..<steps * count).map { path(rows[$0 % count])[$0 / count] }
    }
    let (rewards, values) = (interleaved(\.rewards), interleaved(\.values))
    let (nextValues, ends) = (interleaved(\.nextValues), interleaved(\.ends))
    var result = [Float](repeating: 99, count: steps * count)
    let estimator = GeneralizedAdvantage(discount: discount, lambda: lambda)
    result.withUnsafeMutableBufferPointer { result in
      rewards.withUnsafeBufferPointer { rewards in
        values.withUnsafeBufferPointer { values in
          nextValues.withUnsafeBufferPointer { nextValues in
            ends.withUnsafeBufferPointer { ends in
              for row in 0..<count {
                estimator.compute(
                  steps: steps, stride: count, reward: rewards.baseAddress! + row,
                  value: values.baseAddress! + row, nextValue: nextValues.baseAddress! + row,
                  end: ends.baseAddress! + row, advantage: result.baseAddress! + row)
              }
            }
          }
        }
      }
    }
    return (0..<count).map { row in (0..<steps).map { result[$0 * count + row] } }
  }

  @Test(arguments: [(0.99, 0.95), (1, 1), (0.9, 0), (0, 0.5), (0.998, 0.98)])
  func agreesWithBruteForce(_ discount: Double, _ lambda: Double) {
    let steps = 41
    var rows = StepEnd.allCases.map { end in
      Self.row(steps, seed: 1) { step, _ in step % 11 == 7 ? end : .running }
    }
    rows += StepEnd.allCases.map { end in
      Self.row(steps, seed: 2) { step, _ in step == steps - 1 ? end : .running }
    }
    rows += (3..<8).map { seed in
      Self.row(steps, seed: seed) { _, random in
        random.uniform() < 0.2 ? StepEnd.allCases[random.integer(below: 4)] : .running
      }
    }
    let results = Self.compute(rows, discount: discount, lambda: lambda)
    for (row, result) in zip(rows, results) {
      let expected = Self.bruteForce(row, discount: discount, lambda: lambda)
      for (a, b) in zip(result, expected) {
        #expect(abs(Double(a) - b) < 2e-6 * max(1, abs(b)))
      }
    }
  }

  /// r = 1, V = 2, V' = 3 and γ = ½: bootstrapped unless the world ended.
  @Test func byHand() {
    for (end, expected) in [
      (StepEnd.running, 0.5), (.truncated, 0.5), (.terminated, -1), (.both, -1),
    ] {
      let row = Row(rewards: [1], values: [2], nextValues: [3], ends: [end])
      #expect(Self.compute([row], discount: 0.5, lambda: 0.9) == [[Float(expected)]])
    }
  }

  /// Swapping the kinds of end must be noticed: they differ by the value of the final observation.
  @Test func aTimeLimitIsNoDeath() {
    func advantage(_ end: StepEnd) -> Float {
      let row = Self.row(9, seed: 4) { step, _ in step == 8 ? end : .running }
      return Self.compute([row], discount: 0.9, lambda: 1)[0][0]
    }
    #expect(advantage(.terminated) == advantage(.both))
    #expect(advantage(.running) == advantage(.truncated))
    #expect(abs(advantage(.terminated) - advantage(.truncated)) > 0.01)
  }
}
