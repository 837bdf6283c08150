import Glibc

/// A process that shows a run in a window while this process carries it out.
///
/// The window lives in a process of its own, so nothing that happens to it or to its display can disturb
/// the run, and the run computes what it would compute alone.
public final class Watcher {
  private let process: pid_t?

  /// Opens a window on the run in `directory`. Where that fails the run goes on without one.
  public init(_ directory: RunDirectory) {
    do {
      process = try ChildProcess.start(
        ["watch", directory.path, "--beside-run", "\(getpid())"], discardsOutput: true)
    } catch {
      process = nil
      StandardError.write("note: there is no window (\(error)); the run goes on\n")
    }
  }

  /// Closes the window if nobody has.
  public func close() {
    guard let process else { return }
    kill(process, SIGTERM)
    for _ in 0..<100 {
      // Also ends where somebody else has collected the process.
      if waitpid(process, nil, WNOHANG) != 0 { return }
      usleep(20_000)
    }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
  }

  /// Lets this process give way to all others, above all to the run that it shows.
  public static func giveWay() { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 15) }

  /// Whether this process still has the parent that started it beside a run.
  public static func isBeside(_ process: Int32) -> Bool { getppid() == process }
}
