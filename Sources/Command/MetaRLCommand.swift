import Agents
import ArgumentParser
import Configuration
import Experiments
import Glibc
import Sequences

/// The command line. A program of your own gets all of it in three lines:
///
/// ```swift
/// var library = Library.standard
/// library.environments.register(.init("maze", "A maze.", options: Maze.self) { $0.factory })
/// MetaRLCommand.run(library)
/// ```
public struct MetaRLCommand: ParsableCommand {
  /// The verbs.
  public static let configuration = CommandConfiguration(
    commandName: "metarl",
    abstract: "Train and study agents that adapt.",
    discussion: """
      EXAMPLE
        metarl run experiments/nmd.json --seeds 10
        metarl report runs/nmd/20260101-120000

      EXIT STATUS
      \(ExitReason.allCases.map { "  \($0.rawValue)  \($0.meaning)" }.joined(separator: "\n"))
      """,
    version: Machine.version,
    subcommands: [
      RunVerb.self, ResumeVerb.self, WatchVerb.self, EvaluateVerb.self, ReportVerb.self,
      AnalyzeVerb.self,
      ListVerb.self, DescribeVerb.self, CheckEnvironmentVerb.self, SchemaVerb.self,
    ])

  /// A command line without arguments.
  public init() {}

  /// Carries out the command line of this process with the names of `library`, and ends the process.
  public static func run(_ library: Library) -> Never {
    // Whoever closes a pipe early has read enough, but files are still to be written.
    signal(SIGPIPE, SIG_IGN)
    return CommandLibrary.$current.withValue(library) {
      do {
        var command = try parseAsRoot()
        try command.run()
        Glibc.exit(ExitReason.success.rawValue)
      } catch {
        exit(explaining: error)
      }
    }
  }

  /// Ends the process with what is wrong, what to do, and the exit status that fits.
  private static func exit(explaining error: any Error) -> Never {
    let failure: Failure
    switch error {
    case let error as Failure:
      failure = error
    case let error as ConfigurationError:
      failure = Failure(error)
    case let error as DataSetError:
      failure = Failure(error)
    case let error as NumericalError:
      // Trainings explain it themselves; this is a test or an analysis of what they stored.
      failure = Failure(
        .numerical, "\(error)",
        remedy: "Use an earlier checkpoint with --checkpoint, or leave out what --set changes.")
    case is CleanExit, is ExitCode, is ValidationError:
      exit(withError: error)
    case _ where exitCode(for: error) != .failure:
      exit(withError: error)
    default:
      failure = Failure(
        .unexpected, "\(error)", remedy: "This should not happen; please report it.")
    }
    StandardError.write("error: \(failure.problem)\n  \(failure.remedy)\n")
    Glibc.exit(failure.status.rawValue)
  }
}
