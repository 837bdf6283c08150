import Render
import Testing

@Suite struct AxisTicksTests {
  @Test(
    arguments: [
      (0.0...1.0, 5, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (-1.0...1.0, 4, ["−1.0", "−0.5", "0", "0.5", "1.0"]),
      (0.0...2_000_000.0, 4, ["0", "0.5M", "1.0M", "1.5M", "2.0M"]),
      (0.0...9_000.0, 3, ["0", "2000", "4000", "6000", "8000"]),
      (0.0...50_000.0, 5, ["0", "10k", "20k", "30k", "40k", "50k"]),
      (-2e-5...2e-5, 4, ["−2×10⁻⁵", "−1×10⁻⁵", "0", "1×10⁻⁵", "2×10⁻⁵"]),
      (0.0...3e17, 3, ["0", "1×10¹⁷", "2×10¹⁷", "3×10¹⁷"]),
      (0.0...0.1, 4, ["0", "0.02", "0.04", "0.06", "0.08", "0.10"]),
      (100.0...101.0, 4, ["100.0", "100.2", "100.4", "100.6", "100.8", "101.0"]),
      (5.0...5.0, 4, ["4.6", "4.8", "5.0", "5.2", "5.4"]),
      (0.0...0.0, 2, ["−1", "0", "1"]),
    ] as [(ClosedRange<Double>, Int, [String])])
  func labelsAreRound(range: ClosedRange<Double>, count: Int, labels: [String]) {
    #expect(AxisTicks(in: range, about: count).labels == labels)
  }

  @Test func everySecondTickKeepsItsLabel() {
    let ticks = AxisTicks.legible(in: 3600...4400, about: 2)
    #expect(ticks.labels == ["3600", "3800", "4000", "4200", "4400"])
    #expect(ticks.everySecond.labels == ["3600", "4000", "4400"])
    #expect(ticks.everySecond.values == [3600, 4000, 4400])
    #expect(AxisTicks(in: 2000...8000, about: 3).everySecond.values == [2000, 6000])
  }

  @Test func valuesAreTheNearestNumbersToTheirLabels() {
    #expect(AxisTicks(in: 0...1, about: 10).values.map { "\($0)" }.contains("0.3"))
    #expect(AxisTicks(in: 0...7e-6, about: 7).values.contains(3e-6))
  }

  /// Ranges from the smallest to the largest numbers: few ticks, ascending, inside, distinct.
  @Test func ticksHoldForEveryMagnitude() {
    for exponent in stride(from: -280, through: 280, by: 7) {
      let size = Double("1e\(exponent)") ?? 1
      for (low, high) in [(0.0, 1.0), (-1, 1), (-3.7, -0.2), (0.99, 1.01), (-1, 0), (12.3, 987)] {
        for count in [1, 3, 6, 12] {
          let range = (low * size)...(high * size)
          let ticks = AxisTicks(in: range, about: count)
          let width = range.upperBound - range.lowerBound
          #expect(ticks.values.count <= 2 * count + 2)
          #expect(ticks.values.count == ticks.labels.count)
          #expect(Set(ticks.labels).count == ticks.labels.count, "\(range) \(ticks.labels)")
          for (a, b) in zip(ticks.values, ticks.values.dropFirst()) { #expect(a < b) }
          for value in ticks.values {
            #expect(value >= range.lowerBound - width * 1e-6)
            #expect(value <= range.upperBound + width * 1e-6)
          }
        }
      }
    }
  }

  /// A narrow panel has room for two steps, which may be a single tick.
  @Test func aScaleHasThreeTicks() {
    #expect(AxisTicks(in: 3000...717_000, about: 2).labels == ["500k"])
    #expect(AxisTicks.legible(in: 3000...717_000, about: 2).labels == ["200k", "400k", "600k"])
    for exponent in stride(from: -250, through: 250, by: 50) {
      let size = Double("1e\(exponent)") ?? 1
      for width in stride(from: 1, to: 10, by: 0.11) {
        for low in [0, -width / 3, 0.013 * width, 2.71 * width] {
          for count in 1...6 {
            let ticks = AxisTicks.legible(in: low * size...(low + width) * size, about: count)
            #expect(ticks.values.count >= 3)
          }
        }
      }
    }
  }

  @Test func hopelessRangesDoNotTrap() {
    let largest = Double.greatestFiniteMagnitude
    let tiny = Double.leastNonzeroMagnitude
    let ranges = [
      -largest...largest, 0...tiny, 1...(1 + Double.ulpOfOne), -.infinity...(.infinity),
      1e15...(1e15 + 1), 0...(.infinity),
    ]
    for range in ranges {
      for count in [-3, 0, 1, 5] {
        let ticks = AxisTicks(in: range, about: count)
        #expect(ticks.values.allSatisfy { $0.isFinite }, "\(range)")
      }
    }
  }
}
