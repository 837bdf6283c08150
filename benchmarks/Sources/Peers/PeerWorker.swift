import Foundation

/// A peer at work: a process that answers one request a line; `benchmarks/peers/README.md` has the
/// protocol.
final class PeerWorker {
  /// What the peer says of itself: versions and variant.
  let note: String
  private let process = Process()
  private let requests: FileHandle
  private let answers: Int32
  private var unread: [UInt8] = []

  /// Why a peer cannot go on.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts the script and prepares it for `threads` threads. Compiling may take minutes.
  init(_ script: PeerScript, interpreter: String, threads: Int) throws {
    let (input, output) = (Pipe(), Pipe())
    requests = input.fileHandleForWriting
    answers = output.fileHandleForReading.fileDescriptor
    self.output = output
    process.executableURL = URL(fileURLWithPath: interpreter)
    process.arguments = ["benchmarks/peers/\(script.script)"] + script.arguments
    process.standardInput = input
    process.standardOutput = output
    process.standardError = Self.log
    try process.run()
    output.fileHandleForWriting.closeFile()
    do {
      note = try Self.ask(
        "prepare \(threads)", expecting: "ready", limit: 1200, requests, answers, &unread)
    } catch {
      throw Self.explained(error, process)
    }
  }

  deinit {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
  }

  /// Keeps the pipe open.
  private let output: Pipe

  /// Seconds per step of `steps` steps.
  func run(_ steps: Int) throws -> Double { try number("run \(steps)", expecting: "seconds") }

  /// Quality after training.
  func evaluate() throws -> Double { try number("evaluate", expecting: "value") }

  private func number(_ request: String, expecting kind: String) throws -> Double {
    do {
      let answer = try Self.ask(request, expecting: kind, limit: 600, requests, answers, &unread)
      guard let number = Double(answer) else { throw Failure(description: "answered “\(answer)”") }
      return number
    } catch {
      throw Self.explained(error, process)
    }
  }

  /// Where the peers' own messages go.
  private static let logPath = NSTemporaryDirectory() + "metarl-peers.log"
  private static let log: FileHandle = {
    _ = FileManager.default.createFile(atPath: logPath, contents: nil)
    return FileHandle(forWritingAtPath: logPath) ?? .nullDevice
  }()

  /// The failure with what became of the process, which ends with it.
  private static func explained(_ error: any Error, _ process: Process) -> Failure {
    usleep(100_000)
    var text = "\(error)"
    if process.isRunning {
      process.terminate()
    } else {
      let kind = process.terminationReason == .uncaughtSignal ? "signal" : "status"
      text += ", with \(kind) \(process.terminationStatus)"
    }
    process.waitUntilExit()
    return Failure(description: "\(text); more in \(logPath)")
  }

  private static func ask(
    _ request: String, expecting kind: String, limit: Double, _ requests: FileHandle,
    _ answers: Int32, _ unread: inout [UInt8]
  ) throws -> String {
    do {
      try requests.write(contentsOf: Data((request + "\n").utf8))
    } catch {
      throw Failure(description: "ended before “\(request)”")
    }
    let line = try readLine(limit: limit, answers, &unread)
    let words = line.split(separator: " ", maxSplits: 1)
    guard let first = words.first, first == kind else { throw Failure(description: line) }
    return words.count > 1 ? String(words[1]) : ""
  }

  private static func readLine(
    limit: Double, _ answers: Int32, _ unread: inout [UInt8]
  ) throws -> String {
    let end = now() + limit
    while true {
      if let newline = unread.firstIndex(of: 10) {
        defer { unread.removeFirst(newline + 1) }
        return String(decoding: unread[..<newline], as: UTF8.self)
      }
      var waiting = pollfd(fd: answers, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, Int32(max(0, (end - now()) * 1000)))
      if ready == 0 { throw Failure(description: "no answer in \(Int(limit)) seconds") }
      guard ready > 0 else { continue }
      var chunk = [UInt8](repeating: 0, count: 4096)
      let count = read(answers, &chunk, chunk.count)
      guard count > 0 else { throw Failure(description: "the process ended") }
      unread += chunk[..<count]
    }
  }
}
