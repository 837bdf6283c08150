import Agents
import Configuration

/// Everything a report needs to know of one run.
public struct RunData: Sendable {
  /// Where the run is.
  public let directory: RunDirectory
  /// The resolved experiment.
  public let experiment: JSONValue
  /// The rows of the training in order.
  public let rows: [MetricRow]
  /// The final figures, nil while the run is not complete.
  public let summary: Summary?

  /// Reads a run.
  ///
  /// - Throws: ``Failure`` for files that are missing or broken.
  public init(of directory: RunDirectory) throws {
    self.directory = directory
    experiment = try directory.storedExperiment()
    rows =
      FileSystem.exists(directory.metricsPath)
      ? try MetricsRecorder.rows(in: directory.metricsPath) : []
    summary = directory.isFinished ? try Summary(contentsOf: directory.summaryPath) : nil
  }

  /// The name of the experiment.
  public var name: String {
    if case .string(let name)? = experiment["name"] { name } else { directory.path }
  }

  /// The seed as written.
  public var seed: String {
    if case .number(let seed)? = experiment["seed"] { seed } else { "?" }
  }

  /// How many iterations a point of a curve is averaged over.
  public var smoothing: Int {
    guard case .number(let text)? = experiment["report"]?["smoothing"] else { return 1 }
    return Int(text) ?? 1
  }

  /// One metric over the training; iterations without it are left out.
  public func series(_ metric: String) -> MetricSeries {
    let points = rows.compactMap { row -> MetricSeries.Point? in
      let value = row[metric]
      return value.isNaN ? nil : MetricSeries.Point(progress: row.progress, value: value)
    }
    return MetricSeries(label: "seed \(seed)", points: points)
  }
}

/// A metric over the course of a training.
public struct MetricSeries: Sendable, Equatable {
  /// One value.
  public struct Point: Sendable, Equatable {
    /// How far the training was.
    public let progress: TrainingProgress
    /// The value.
    public let value: Double
  }

  /// What to call the curve.
  public let label: String
  /// The values in the order of the training.
  public let points: [Point]

  /// The curve with each value replaced by the mean of the last `window` ones.
  public func smoothed(over window: Int) -> MetricSeries {
    guard window > 1 else { return self }
    let smoothed = points.indices.map { index -> Point in
      let span = points[max(0, index - window + 1)...index]
      let mean = span.reduce(0) { $0 + $1.value } / Double(span.count)
      return Point(progress: points[index].progress, value: mean)
    }
    return MetricSeries(label: label, points: smoothed)
  }
}
