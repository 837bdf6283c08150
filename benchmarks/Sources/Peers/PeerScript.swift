import Foundation

/// A script of `benchmarks/peers` with its arguments.
struct PeerScript: Sendable {
  /// A Python environment for peers.
  enum Environment: String, CaseIterable, Sendable {
    case torch, jax, spiking, brian

    /// The environment variable that names another interpreter.
    var variable: String { "METARL_PEERS_\(rawValue.uppercased())" }

    /// The interpreter, nil where the environment is not installed.
    var interpreter: String? {
      let path =
        ProcessInfo.processInfo.environment[variable]
        ?? "benchmarks/peers/.venv-\(rawValue)/bin/python"
      return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
  }

  let environment: Environment
  let script: String
  let arguments: [String]

  init(_ environment: Environment, _ script: String, _ arguments: [String] = []) {
    self.environment = environment
    self.script = script
    self.arguments = arguments
  }
}
