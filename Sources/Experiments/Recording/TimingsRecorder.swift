import Agents
import Configuration

/// `timings.jsonl`: when and how fast the iterations were computed. It differs from run to run.
public struct TimingsRecorder: Recorder {
  /// The recorder.
  public init() {}

  /// The name of the file.
  public var fileName: String { "timings.jsonl" }

  /// One line.
  public func encode(_ row: MetricRow, timing: Timing) -> [UInt8] {
    let json = JSONValue.object([
      .init("iteration", .number(row.progress.iterations)),
      .init("date", JSONValue(figure: timing.date)),
      .init("seconds", JSONValue(figure: timing.seconds)),
      .init("\(row.progress.stepName)PerSecond", JSONValue(figure: timing.stepsPerSecond)),
    ])
    return Array((json.compact + "\n").utf8)
  }
}
