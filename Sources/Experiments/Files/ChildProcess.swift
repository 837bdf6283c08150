import Glibc

/// Processes of this very executable.
enum ChildProcess {
  /// Starts the executable with other arguments, in a group of its own, so that a terminal's signal
  /// reaches it through this process alone.
  ///
  /// - Throws: ``Failure`` where it cannot be started.
  static func start(_ arguments: [String], discardsOutput: Bool) throws -> pid_t {
    let file = FileSystem.linkTarget("/proc/self/exe") ?? CommandLine.arguments[0]
    // A rebuild takes the file away. What this process was started from can still be started then, if only
    // under the name “exe” in lists of processes.
    let executable = FileSystem.exists(file) ? file : "/proc/self/exe"
    var words = ([CommandLine.arguments[0]] + arguments).map { strdup($0) }
    defer { for word in words { free(word) } }
    words.append(nil)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    var files = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&files)
    defer { posix_spawn_file_actions_destroy(&files) }
    if discardsOutput {
      posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    }
    var process: pid_t = 0
    let code = posix_spawn(&process, executable, &files, &attributes, words, environ)
    guard code == 0 else { throw FileSystem.failure("start", executable, code) }
    return process
  }
}
