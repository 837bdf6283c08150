import Render
import Scenes
import Tensor

/// What several runs of one experiment learned: each seed thin, their middle and its band on top.
///
/// ```swift
/// let curve = LearningCurve("NMD", seeds: seeds, window: 50, estimator: .mean)
/// let panel = Panel(
///   x: Axis("environment steps"), y: Axis("return"), series: curve.series(),
///   references: [ReferenceLine(random, "random"), ReferenceLine(oracle, "oracle")])
/// ```
public struct LearningCurve: Sendable, Equatable {
  /// The measurements of one run, x ascending.
  public struct Seed: Sendable, Equatable {
    /// Where along training, such as environment steps.
    public var x: [Double]
    /// What was measured there.
    public var y: [Double]

    /// The measurements `y` at `x`.
    public init(x: [Double], y: [Double]) {
      self.x = x
      self.y = y
    }
  }

  /// How the seeds become one line with a band.
  public enum Estimator: Sendable, Hashable {
    /// The mean with Student's 95 % interval.
    case mean
    /// The interquartile mean with a 95 % bootstrap interval.
    case interquartileMean(resamples: Int = 2000, key: RandomKey)
  }

  /// The name in the legend.
  public var name: String
  /// The runs.
  public var seeds: [Seed]
  /// How many measurements the running mean of a seed takes in; 1 for none.
  public var window: Int
  /// How the seeds become one line with a band.
  public var estimator: Estimator

  /// The curve of `seeds`.
  public init(_ name: String, seeds: [Seed], window: Int = 1, estimator: Estimator) {
    self.name = name
    self.seeds = seeds
    self.window = window
    self.estimator = estimator
  }

  /// The runs after their running means, without what is not finite.
  public var smoothed: [Seed] {
    seeds.map { seed in
      let points = zip(seed.x, Statistics.runningMean(seed.y, window: window))
        .filter { $0.isFinite && $1.isFinite }
      return Seed(x: points.map(\.0), y: points.map(\.1))
    }
  }

  /// The estimates at up to `count` places that all runs reach.
  ///
  /// A run that ended early ends the estimate, lest the better runs that go on raise it.
  public func estimates(count: Int = 300) -> (x: [Double], estimates: [IntervalEstimate]) {
    let runs = smoothed.filter { !$0.x.isEmpty }
    guard let first = runs.compactMap(\.x.first).max(), let last = runs.compactMap(\.x.last).min(),
      first <= last
    else { return ([], []) }
    var grid = runs[0].x
    if grid.count > count || runs.contains(where: { $0.x != grid }) {
      let places = first < last ? max(2, min(count, runs.map(\.x.count).max() ?? 2)) : 1
      grid = (0..<places).map { i in
        i == places - 1 ? last : first + (last - first) * Double(i) / Double(places - 1)
      }
    }
    let columns = runs.map { Self.interpolate($0, at: grid) }
    let estimates = grid.indices.map { i in
      let values = columns.map { $0[i] }
      switch estimator {
      case .mean:
        return Statistics.meanEstimate(values)
      case .interquartileMean(let resamples, let key):
        var stream = (key / i).stream()
        return Statistics.interquartileMeanEstimate(
          strata: [values], resamples: resamples, using: &stream)
      }
    }
    return (grid, estimates)
  }

  /// What a ``Panel`` draws: thin seeds, the band, the line.
  public func series(color: Color? = nil) -> [Series] {
    let (x, estimates) = estimates()
    var series: [Series] = []
    if seeds.count > 1 {
      series = smoothed.map {
        .line(name, x: $0.x, y: $0.y, width: 0.8, color: color, opacity: 0.35)
      }
      series.append(
        .band(
          name, x: x, lower: estimates.map { $0.interval?.lowerBound ?? .nan },
          upper: estimates.map { $0.interval?.upperBound ?? .nan }, color: color))
    }
    series.append(.line(name, x: x, y: estimates.map(\.value), width: 2.2, color: color))
    return series
  }

  /// The value of a run at each place of `grid`, linear between its measurements.
  private static func interpolate(_ run: Seed, at grid: [Double]) -> [Double] {
    var next = 0
    return grid.map { x in
      while next < run.x.count, run.x[next] < x { next += 1 }
      guard next < run.x.count else { return run.y[run.y.count - 1] }
      guard next > 0, run.x[next] > x else { return run.y[next] }
      let (x0, x1) = (run.x[next - 1], run.x[next])
      return run.y[next - 1] + (run.y[next] - run.y[next - 1]) * (x - x0) / (x1 - x0)
    }
  }
}
