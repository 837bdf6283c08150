import Experiments
import Render
import Tensor
import Testing

@Suite struct LearningCurveTests {
  @Test func sharedStepsAreKept() {
    let curve = LearningCurve(
      "a", seeds: [.init(x: [0, 10, 20], y: [1, 2, 3]), .init(x: [0, 10, 20], y: [3, 4, 8])],
      estimator: .mean)
    let (x, estimates) = curve.estimates()
    #expect(x == [0, 10, 20])
    #expect(estimates.map(\.value) == [2, 3, 5.5])
    #expect(estimates.allSatisfy { $0.interval != nil })
  }

  @Test func unequalStepsMeetOnTheSharedRange() {
    let curve = LearningCurve(
      "a",
      seeds: [
        .init(x: [0, 10, 20, 30], y: [0, 10, 20, 30]), .init(x: [5, 15, 25], y: [5, 15, 25]),
        .init(x: [], y: []),
      ], estimator: .interquartileMean(resamples: 100, key: RandomKey(seed: 1)))
    let (x, estimates) = curve.estimates(count: 5)
    #expect(x.first == 5 && x.last == 25)
    for (x, estimate) in zip(x, estimates) { #expect(abs(estimate.value - x) < 1e-12) }
    #expect(curve.estimates(count: 5).estimates == estimates)
  }

  @Test func nothingInCommonGivesNoLine() {
    let curve = LearningCurve(
      "a", seeds: [.init(x: [0, 1], y: [0, 1]), .init(x: [5, 6], y: [0, 1])], estimator: .mean)
    #expect(curve.estimates().x.isEmpty)
    #expect(LearningCurve("a", seeds: [], estimator: .mean).estimates().x.isEmpty)
  }

  @Test func seriesShareOneName() throws {
    let seeds = (0..<4).map { i in
      LearningCurve.Seed(
        x: (0..<50).map(Double.init), y: (0..<50).map { Double($0 * (i + 1)) })
    }
    let series = LearningCurve("NMD", seeds: seeds, window: 5, estimator: .mean).series()
    #expect(series.count == 6)
    #expect(series.allSatisfy { $0.name == "NMD" })
    let single = LearningCurve("NMD", seeds: [seeds[0]], estimator: .mean).series()
    #expect(single.count == 1)
    let plot = Plot(panels: [Panel(series: series + single)])
    #expect(try plot.encoded(as: .svg).count > 1000)
  }
}
