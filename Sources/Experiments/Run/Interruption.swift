import Glibc
import Synchronization

/// Watches for SIGINT and SIGTERM: the first asks the run to stop at the end of the iteration, the
/// second ends the process at once.
public enum Interruption {
  /// How many signals have come in; a constant address, so that a signal handler may touch it.
  private static let signals = Atomic<Int32>(0)

  /// The process without which this one stops, 0 for none.
  private static let parent = Atomic<pid_t>(0)

  /// Whether a signal has asked the process to stop, or the process it works for has ended.
  public static var isRequested: Bool {
    if signals.load(ordering: .relaxed) > 0 { return true }
    let parent = parent.load(ordering: .relaxed)
    return parent != 0 && getppid() != parent
  }

  /// Stops this process as a signal would once its parent, `process`, has ended, however that ends.
  public static func follow(_ process: pid_t) { parent.store(process, ordering: .relaxed) }

  /// Begins to watch. A write beyond a file size limit becomes an error instead of a signal.
  public static func watch() {
    // The atomic must exist before a handler needs it.
    _ = isRequested
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.signals.add(1, ordering: .relaxed).oldValue > 0 { _exit(128 + number) }
      }
    }
    // A parent that blocks signals passes that on to its children.
    var awaited = sigset_t()
    sigemptyset(&awaited)
    sigaddset(&awaited, SIGINT)
    sigaddset(&awaited, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &awaited, nil)
    signal(SIGXFSZ, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
  }
}
