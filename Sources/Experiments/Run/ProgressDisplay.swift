import Agents
import Foundation

/// Shows people how a training is getting on.
public protocol ProgressDisplay: AnyObject {
  /// Shows a sentence.
  func note(_ text: String)
  /// Shows the state after an iteration.
  func update(_ status: ProgressStatus)
  /// Ends the display after the last iteration.
  func finish()
}

/// How a training is getting on.
public struct ProgressStatus: Sendable, Equatable {
  /// Finished iterations.
  public var iteration: Int
  /// Iterations of the whole training.
  public var totalIterations: Int
  /// Steps in environments, or updates, per second.
  public var stepsPerSecond: Double
  /// What these are called.
  public var stepName: String
  /// Estimated seconds to the end, nil where nothing is known yet.
  public var secondsLeft: Double?
  /// The headline metric.
  public var headline: Metric

  /// A status.
  public init(
    iteration: Int, totalIterations: Int, stepsPerSecond: Double, stepName: String = "steps",
    secondsLeft: Double?, headline: Metric
  ) {
    self.iteration = iteration
    self.totalIterations = totalIterations
    self.stepsPerSecond = stepsPerSecond
    self.stepName = stepName
    self.secondsLeft = secondsLeft
    self.headline = headline
  }

  /// The finished part of the training.
  public var fraction: Double {
    totalIterations > 0 ? min(1, Double(iteration) / Double(totalIterations)) : 1
  }

  /// One line without a bar.
  public var line: String {
    let percent = String(format: "%3.0f %%", 100 * fraction)
    let value = headline.value.isNaN ? "–" : String(format: "%.4g", headline.value)
    let left = secondsLeft.map { ", " + Self.duration($0) + " left" } ?? ""
    return "\(percent)  iteration \(iteration)/\(totalIterations)  \(headline.name) \(value)  "
      + "\(Self.short(stepsPerSecond)) \(stepName)/s\(left)"
  }

  /// The line after a bar of `width` cells.
  public func bar(width: Int) -> String {
    let eighths = Int((fraction * Double(width * 8)).rounded(.down))
    let full = String(repeating: "█", count: eighths / 8)
    let part = eighths % 8 == 0 ? "" : String(" ▏▎▍▌▋▊▉"[eighths % 8])
    let cells = full + part
    return cells + String(repeating: "·", count: max(0, width - cells.count)) + " " + line
  }

  /// A duration such as `2 h 05 min`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    switch whole {
    case ..<60: return "\(whole) s"
    case ..<3600: return String(format: "%d min %02d s", whole / 60, whole % 60)
    default: return String(format: "%d h %02d min", whole / 3600, whole / 60 % 60)
    }
  }

  /// A number with a metric prefix, such as `48.2k`.
  static func short(_ value: Double) -> String {
    switch value {
    case 1e9...: String(format: "%.3gG", value / 1e9)
    case 1e6...: String(format: "%.3gM", value / 1e6)
    case 1e3...: String(format: "%.3gk", value / 1e3)
    default: String(format: "%.3g", value)
    }
  }
}

extension String {
  fileprivate subscript(offset: Int) -> Character { self[index(startIndex, offsetBy: offset)] }
}

/// The display that suits standard error: a bar on a terminal, a line every ten seconds otherwise.
public func makeProgressDisplay(quiet: Bool) -> any ProgressDisplay {
  if quiet { return SilentProgress() }
  return StandardError.isTerminal ? BarProgress() : LineProgress()
}

/// Shows nothing.
public final class SilentProgress: ProgressDisplay {
  /// The display.
  public init() {}
  /// Does nothing.
  public func note(_ text: String) {}
  /// Does nothing.
  public func update(_ status: ProgressStatus) {}
  /// Does nothing.
  public func finish() {}
}

/// A plain line at the beginning, every ten seconds and at the end.
final class LineProgress: ProgressDisplay {
  private var last: ContinuousClock.Instant?
  private var pending: ProgressStatus?

  func note(_ text: String) { print(text) }

  func update(_ status: ProgressStatus) {
    let now = ContinuousClock.now
    guard last.map({ now - $0 >= .seconds(10) }) ?? true else {
      pending = status
      return
    }
    last = now
    pending = nil
    print(status.line)
  }

  func finish() {
    if let pending { print(pending.line) }
    pending = nil
  }

  private func print(_ text: String) { StandardError.write(text + "\n") }
}

/// A bar that is redrawn at most ten times a second.
final class BarProgress: ProgressDisplay {
  private var last: ContinuousClock.Instant?
  private var latest: ProgressStatus?

  func note(_ text: String) {
    StandardError.write("\r\u{1B}[K\(text)\n")
    if let latest { draw(latest) }
  }

  func update(_ status: ProgressStatus) {
    latest = status
    let now = ContinuousClock.now
    if let last, now - last < .milliseconds(100) { return }
    last = now
    draw(status)
  }

  func finish() {
    guard let latest else { return }
    draw(latest)
    StandardError.write("\n")
    self.latest = nil
  }

  private func draw(_ status: ProgressStatus) {
    let columns = StandardError.columns ?? 80
    let width = max(0, min(30, columns - status.line.count - 2))
    let text = width >= 8 ? status.bar(width: width) : status.line
    StandardError.write("\r\u{1B}[K" + text.prefix(columns - 1))
  }
}
