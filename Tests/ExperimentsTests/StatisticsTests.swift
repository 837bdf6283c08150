import Experiments
import Foundation
import Tensor
import Testing

/// Compares with numbers of scipy; `Fixtures/statistics/generate.py` made them.
@Suite struct StatisticsTests {
  private struct Reference: Decodable {
    struct Sample: Decodable {
      let values: [Double]
      let mean: Double
      let standardError: Double?
      let halfWidth: Double?
      let interquartileMean: Double
    }
    struct Quantile: Decodable {
      let probability: Double
      let degrees: Double
      let value: Double
    }
    struct Bootstrap: Decodable {
      let strata: [[Double]]
      let interquartileMean: Double
      let lower: Double
      let upper: Double
    }
    let samples: [Sample]
    let quantiles: [Quantile]
    let bootstrap: [Bootstrap]

    static func load() throws -> Reference {
      let bytes = try Fixture.bytes(Fixture.path("statistics/statistics.json"))
      return try JSONDecoder().decode(Reference.self, from: Data(bytes))
    }
  }

  private func isClose(_ a: Double, _ b: Double, _ tolerance: Double = 1e-11) -> Bool {
    abs(a - b) <= tolerance * max(1, abs(b))
  }

  @Test func samplesMatchScipy() throws {
    for sample in try Reference.load().samples {
      let estimate = Statistics.meanEstimate(sample.values)
      #expect(isClose(estimate.value, sample.mean))
      #expect(isClose(Statistics.interquartileMean(sample.values), sample.interquartileMean))
      guard let error = sample.standardError, let half = sample.halfWidth else {
        #expect(Statistics.standardError(sample.values) == nil)
        #expect(estimate.interval == nil)
        continue
      }
      #expect(isClose(try #require(Statistics.standardError(sample.values)), error))
      let interval = try #require(estimate.interval)
      #expect(isClose(interval.lowerBound, sample.mean - half))
      #expect(isClose(interval.upperBound, sample.mean + half))
    }
  }

  @Test func studentMatchesScipy() throws {
    for quantile in try Reference.load().quantiles {
      let student = StudentT(degrees: quantile.degrees)
      #expect(isClose(student.quantile(quantile.probability), quantile.value, 1e-10))
      #expect(isClose(student.cumulative(quantile.value), quantile.probability))
    }
    let student = StudentT(degrees: 3)
    #expect(student.quantile(0) == -.infinity)
    #expect(student.quantile(1) == .infinity)
    #expect(student.quantile(1.5).isNaN)
  }

  /// The percentiles of 20 000 resamples lie within a few per cent of the interval's width of those
  /// of the reference's 100 000.
  @Test func bootstrapMatchesReference() throws {
    for reference in try Reference.load().bootstrap {
      var stream = RandomKey(seed: 1).stream()
      let estimate = Statistics.interquartileMeanEstimate(
        strata: reference.strata, resamples: 20_000, using: &stream)
      #expect(isClose(estimate.value, reference.interquartileMean))
      let interval = try #require(estimate.interval)
      let width = reference.upper - reference.lower
      #expect(abs(interval.lowerBound - reference.lower) < 0.03 * width)
      #expect(abs(interval.upperBound - reference.upper) < 0.03 * width)
    }
  }

  @Test func bootstrapDependsOnItsStreamAlone() {
    let strata = [[0.1, 0.5, 0.7, 0.2], [3, 4, 9]]
    func estimate(seed: UInt64) -> IntervalEstimate {
      var stream = RandomKey(seed: seed).stream()
      return Statistics.interquartileMeanEstimate(strata: strata, using: &stream)
    }
    #expect(estimate(seed: 3) == estimate(seed: 3))
    #expect(estimate(seed: 3) != estimate(seed: 4))
  }

  @Test func smallSamplesHaveNoFalseCertainty() throws {
    var stream = RandomKey(seed: 0).stream()
    let single = Statistics.interquartileMeanEstimate(strata: [[2], [5]], using: &stream)
    #expect(single == IntervalEstimate(value: 3.5, interval: nil))
    #expect(Statistics.meanEstimate([]).value.isNaN)
    #expect(Statistics.interquartileMean([]).isNaN)
    let lost = Statistics.interquartileMeanEstimate(strata: [[1, .nan]], using: &stream)
    #expect(lost.interval == nil)
    let two = Statistics.interquartileMeanEstimate(strata: [[1, 3]], using: &stream)
    #expect(two == IntervalEstimate(value: 2, interval: 1...3))
  }

  @Test func runningMeanLooksBack() {
    #expect(Statistics.runningMean([1, 2, 3, 4, 5], window: 1) == [1, 2, 3, 4, 5])
    #expect(Statistics.runningMean([1, 3, 5, 7, 9, 11], window: 3) == [1, 2, 3, 5, 7, 9])
    #expect(Statistics.runningMean([2, 4], window: 10) == [2, 3])
    #expect(Statistics.runningMean([], window: 4).isEmpty)
    let gaps = Statistics.runningMean([.nan, 1, .infinity, 3, .nan, .nan], window: 2)
    #expect(gaps[0].isNaN && gaps[5].isNaN)
    #expect(Array(gaps[1...4]) == [1, 1, 3, 3])
  }

  @Test func runningMeanMatchesItsDefinition() {
    var stream = RandomKey(seed: 8).stream()
    let values = (0..<5000).map { _ in stream.uniformDouble(-1, 1) * 1e6 }
    let running = Statistics.runningMean(values, window: 37)
    for i in stride(from: 0, to: values.count, by: 11) {
      let expected = Statistics.mean(Array(values[max(0, i - 36)...i]))
      #expect(abs(running[i] - expected) < 1e-7)
    }
  }
}
