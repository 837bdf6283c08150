import Agents
import Configuration

/// `metrics.jsonl`: one JSON object an iteration. Equal runs give equal bytes.
///
/// A figure that does not exist in an iteration is `null`; infinities are the texts `inf` and `-inf`.
public struct MetricsRecorder: Recorder {
  /// The name of the file.
  public static let fileName = "metrics.jsonl"

  /// The recorder.
  public init() {}

  /// The name of the file.
  public var fileName: String { Self.fileName }

  /// One line.
  public func encode(_ row: MetricRow, timing: Timing) -> [UInt8] {
    let progress = row.progress
    let counters: [JSONValue.Member] =
      [.init("iteration", .number(progress.iterations))]
      + (progress.isSupervised
        ? [
          .init("updates", .number(progress.updates)),
          .init("examples", .number(progress.examples)),
        ]
        : [
          .init("episodes", .number(progress.episodes)),
          .init("environmentSteps", .number(progress.environmentSteps)),
        ])
    let time = progress.simulatedTime
    let figures = row.metrics.map { JSONValue.Member($0.name, JSONValue(figure: $0.value)) }
    return Array((JSONValue.object(counters + time + figures).compact + "\n").utf8)
  }

  /// Reads a file but for what follows the last line break: a run that was killed, or is at work, may
  /// have written only a part of that line.
  ///
  /// - Throws: ``Failure`` naming the line that is not one of ours.
  public static func rows(in path: String) throws -> [MetricRow] {
    let lineBreak = UInt8(ascii: "\n")
    let bytes = try FileSystem.read(path)
    let end = bytes.lastIndex(of: lineBreak) ?? bytes.startIndex
    return try bytes[..<end].split(separator: lineBreak).enumerated().map { index, line in
      guard let json = try? JSONValue(parsing: Array(line)), let row = MetricRow(json: json) else {
        let run = RunDirectory(FileSystem.parentDirectory(of: path))
        // There is a row of each iteration.
        let checkpoint = run.checkpoints.iterations.last { $0 <= index }
        throw Failure(
          .inputOutput, "\(path): line \(index + 1) is not a row of metrics",
          remedy: checkpoint.map {
            "Cut the file back to the checkpoint before it with: metarl resume \(run.path) --from \($0)"
          } ?? "Restore the file, or start the run anew in another directory.")
      }
      return row
    }
  }
}

extension MetricRow {
  /// The row that a line of `metrics.jsonl` spells, nil for other JSON.
  fileprivate init?(json: JSONValue) {
    guard case .object(let members) = json else { return nil }
    var progress = TrainingProgress()
    var metrics: [Metric] = []
    for member in members {
      guard let figure = member.value.figure else { return nil }
      let counter: WritableKeyPath<TrainingProgress, Int>
      switch member.key {
      case "iteration": counter = \.iterations
      case "episodes": counter = \.episodes
      case "environmentSteps": counter = \.environmentSteps
      case "updates": counter = \.updates
      case "examples": counter = \.examples
      case "simulatedSeconds":
        progress.simulatedSeconds = figure
        continue
      default:
        metrics.append(Metric(member.key, figure))
        continue
      }
      guard let count = Int(exactly: figure) else { return nil }
      progress[keyPath: counter] = count
    }
    self.init(progress: progress, metrics: metrics)
  }
}

extension TrainingProgress {
  /// How long the agent has lived, as the member of an object; none where it does not count that.
  var simulatedTime: [JSONValue.Member] {
    guard let simulatedSeconds else { return [] }
    return [JSONValue.Member("simulatedSeconds", .number(simulatedSeconds))]
  }
}

extension JSONValue {
  /// A figure that may be NaN (`null`) or infinite (a text).
  init(figure: Double) {
    switch figure {
    case _ where figure.isNaN: self = .null
    case .infinity: self = .string("inf")
    case -.infinity: self = .string("-inf")
    default: self = .number(figure)
    }
  }

  /// The figure spelled by `init(figure:)`, nil for other JSON.
  var figure: Double? {
    switch self {
    case .null: .nan
    case .string("inf"): .infinity
    case .string("-inf"): -.infinity
    case .number(let text): Double(text)
    default: nil
    }
  }
}
