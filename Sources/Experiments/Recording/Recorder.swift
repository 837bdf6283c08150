import Agents

/// What is recorded of one iteration.
public struct MetricRow: Sendable, Equatable {
  /// How far the training is.
  public let progress: TrainingProgress
  /// The figures in the order in which they are shown.
  public let metrics: [Metric]

  /// A row.
  public init(progress: TrainingProgress, metrics: [Metric]) {
    self.progress = progress
    self.metrics = metrics
  }

  /// The figure of that name, NaN where there is none.
  public subscript(name: String) -> Double {
    metrics.first { $0.name == name }?.value ?? .nan
  }
}

/// When an iteration was computed. Nothing of it may enter a file that is compared bit by bit.
public struct Timing: Sendable, Equatable {
  /// Seconds since 1970.
  public let date: Double
  /// Seconds that the iteration took.
  public let seconds: Double
  /// Steps in environments, or updates, per second.
  public let stepsPerSecond: Double

  /// A timing.
  public init(date: Double, seconds: Double, stepsPerSecond: Double) {
    self.date = date
    self.seconds = seconds
    self.stepsPerSecond = stepsPerSecond
  }
}

/// Turns iterations into the bytes of one log file of a run.
///
/// The run owns the file: it appends the bytes, stores its length in every checkpoint, and cuts it
/// back to that length before a resumed training goes on.
public protocol Recorder: Sendable {
  /// The name of the file inside the run directory.
  var fileName: String { get }
  /// What the file begins with.
  func header(date: Double) -> [UInt8]
  /// What an iteration adds.
  func encode(_ row: MetricRow, timing: Timing) -> [UInt8]
}

extension Recorder {
  /// Nothing.
  public func header(date: Double) -> [UInt8] { [] }
}
