import Configuration
import Sequences

/// How a command ended, as the exit status of the process.
///
/// The numbers follow `sysexits.h` where it has one that fits.
public enum ExitReason: Int32, Sendable, CaseIterable {
  /// Done.
  case success = 0
  /// Something nobody foresaw.
  case unexpected = 1
  /// A verb or an option that does not exist.
  case usage = 64
  /// An experiment, or an option of one, that is wrong.
  case configuration = 65
  /// A file or a run that is not there.
  case notFound = 66
  /// A checkpoint that is damaged or does not fit.
  case checkpoint = 67
  /// A run that was started with another configuration.
  case changedExperiment = 68
  /// A run directory in which another process is at work.
  case busy = 69
  /// A number that stopped being finite.
  case numerical = 70
  /// A check, such as that of an environment, that found faults.
  case checkFailed = 71
  /// A window that cannot be opened.
  case noWindow = 72
  /// A file or directory that cannot be created.
  case cannotCreate = 73
  /// Reading or writing that failed, for a full disk say.
  case inputOutput = 74
  /// A training that was asked to stop and can be resumed.
  case interrupted = 75

  /// What the status means, in a few words.
  public var meaning: String {
    switch self {
    case .success: "success"
    case .unexpected: "unexpected failure"
    case .usage: "wrong usage of the command line"
    case .configuration: "invalid experiment or option"
    case .notFound: "missing file or run"
    case .checkpoint: "damaged or unfitting checkpoint"
    case .changedExperiment: "run was started with another configuration"
    case .busy: "run directory is in use by another process"
    case .numerical: "a number stopped being finite"
    case .checkFailed: "a check found faults"
    case .noWindow: "no window can be opened"
    case .cannotCreate: "file or directory cannot be created"
    case .inputOutput: "reading or writing failed"
    case .interrupted: "stopped on request, can be resumed"
    }
  }
}

/// A failure that is explained to a person: what is wrong, and what to do.
public struct Failure: Error, Equatable, CustomStringConvertible {
  /// The exit status.
  public let status: ExitReason
  /// One line on what is wrong.
  public let problem: String
  /// One line on what to do.
  public let remedy: String

  /// A failure.
  public init(_ status: ExitReason, _ problem: String, remedy: String) {
    self.status = status
    self.problem = problem
    self.remedy = remedy
  }

  /// The failure that a wrong configuration is.
  public init(_ error: ConfigurationError) {
    let place = error.path.description.isEmpty ? "the experiment" : error.path.description
    self.init(.configuration, "\(place): \(error.problem)", remedy: error.remedy)
  }

  /// The failure that missing or damaged data are.
  public init(_ error: DataSetError) {
    self.init(
      error.kind == .missing ? .notFound : .inputOutput, error.problem, remedy: error.remedy)
  }

  /// Both lines.
  public var description: String { "\(problem)\n\(remedy)" }
}
