import Agents

/// `events.out.tfevents.metarl`: the metrics and the speed over environment steps or updates, for
/// TensorBoard.
public struct TensorBoardRecorder: Recorder {
  /// The recorder.
  public init() {}

  /// The name of the file; TensorBoard looks for `tfevents` in it.
  public var fileName: String { "events.out.tfevents.metarl" }

  /// The record that names the format.
  public func header(date: Double) -> [UInt8] { EventRecord.fileVersion(wallTime: date) }

  /// One record; figures that do not exist in the iteration are left out.
  public func encode(_ row: MetricRow, timing: Timing) -> [UInt8] {
    let speed = Metric("speed/\(row.progress.stepName)PerSecond", timing.stepsPerSecond)
    let metrics = row.metrics + [speed]
    return EventRecord.scalars(
      metrics.filter { !$0.value.isNaN }.map { (tag: $0.name, value: $0.value) },
      step: row.progress.clock, wallTime: timing.date)
  }
}
