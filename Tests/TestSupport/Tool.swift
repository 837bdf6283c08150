import Foundation

/// A program that was built together with the tests.
public struct Tool: Sendable {
  /// What a finished program left.
  public struct Result: Sendable {
    /// Its exit status, or 128 and the number of the signal that ended it.
    public let status: Int32
    /// What it wrote to standard output.
    public let output: String
    /// What it wrote to standard error.
    public let errors: String
  }

  /// The command line with the environment and agent of the tests.
  public static let bench = Tool(name: "metarl-testbench")
  /// What `make bench` runs.
  public static let benchmark = Tool(name: "benchmark")
  /// The command line that users get.
  public static let metarl = Tool(name: "metarl")

  /// The shell of the system.
  public static let shell = Tool(path: "/bin/bash")

  /// Where the program is.
  public let path: String

  private init(name: String) {
    let runner =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    path = (runner as NSString).deletingLastPathComponent + "/" + name
  }

  /// Runs the program to its end, with the variables of `environment` beside those of the tests.
  public func run(
    _ arguments: [String], in directory: String, environment: [String: String] = [:]
  ) throws -> Result {
    let running = try start(arguments, in: directory, environment: environment)
    return try running.finish()
  }

  /// Runs the program to its end under a limit on the size of files, in blocks of 1024 bytes.
  public func run(_ arguments: [String], in directory: String, fileSizeLimit: Int) throws -> Result
  {
    let command = "ulimit -f \(fileSizeLimit); exec \"$0\" \"$@\""
    return try Self.shell.run(["-c", command, path] + arguments, in: directory)
  }

  /// Whether ``runUnprivileged(_:in:)`` can start the program; nobody else may enter the home of root, say.
  public var canRunUnprivileged: Bool {
    (try? runUnprivileged(["--version"], in: "/"))?.status == 0
  }

  /// The program in a file of its own at `path`. Another process copies it: what other tests start meanwhile
  /// would inherit a file open for writing, and such a file cannot be started.
  public func copied(to path: String) throws -> Tool {
    _ = try Self.shell.run(["-c", "cp \"$0\" \"$1\"", self.path, path], in: "/")
    return Tool(path: path)
  }

  /// Runs the program as a user who is nobody in particular, where the tests run as root.
  public func runUnprivileged(_ arguments: [String], in directory: String) throws -> Result {
    guard getuid() == 0 else { return try run(arguments, in: directory) }
    return try Tool(path: "/usr/bin/setpriv").run(
      ["--reuid=65534", "--regid=65534", "--clear-groups", path] + arguments, in: directory)
  }

  private init(path: String) { self.path = path }

  /// Starts the program, with the variables of `environment` beside those of the tests.
  public func start(
    _ arguments: [String], in directory: String, environment: [String: String] = [:]
  ) throws -> Running {
    try Running(
      path: path, arguments: arguments, directory: directory, environment: environment)
  }

  /// A program at work.
  public final class Running {
    private let process = Process()
    private let outputPath: String
    private let errorPath: String

    fileprivate init(
      path: String, arguments: [String], directory: String, environment: [String: String]
    ) throws {
      // Files instead of pipes, which could fill up while nobody reads.
      let base = NSTemporaryDirectory() + "metarl-tool-" + UUID().uuidString
      outputPath = base + ".out"
      errorPath = base + ".err"
      for path in [outputPath, errorPath] {
        try Data().write(to: URL(fileURLWithPath: path))
      }
      process.executableURL = URL(fileURLWithPath: path)
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: directory)
      process.environment = ProcessInfo.processInfo.environment.merging(
        ["SWIFT_BACKTRACE": "enable=no"]
      ) { $1 }.merging(environment) { $1 }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: outputPath)
      process.standardError = FileHandle(forWritingAtPath: errorPath)
      try process.run()
    }

    deinit {
      try? FileManager.default.removeItem(atPath: outputPath)
      try? FileManager.default.removeItem(atPath: errorPath)
    }

    /// The number of the process.
    public var identifier: Int32 { process.processIdentifier }
    /// Whether it has not ended yet.
    public var isRunning: Bool { process.isRunning }

    /// Sends a signal.
    public func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end.
    public func finish() throws -> Result {
      process.waitUntilExit()
      func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
      }
      let signalled = process.terminationReason == .uncaughtSignal
      return Result(
        status: process.terminationStatus + (signalled ? 128 : 0), output: text(outputPath),
        errors: text(errorPath))
    }
  }
}
