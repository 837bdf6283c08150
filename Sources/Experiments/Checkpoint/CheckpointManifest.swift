import Agents
import Configuration
import Foundation
import Tensor

/// The readable cover of a checkpoint: what it is of, what made it, and what it holds.
public struct CheckpointManifest: Codable, Sendable, Equatable {
  /// The format that this version writes. In format 1 the parameters of plastic synapses had 64 bits, now they
  /// have two numbers of 32.
  public static let currentFormat = 2
  /// The formats that this version reads.
  public static let readFormats = 1...currentFormat
  /// Its name inside the checkpoint.
  static let fileName = "manifest.json"

  /// One file and the digest of its content.
  public struct File: Codable, Sendable, Equatable {
    /// The name inside the checkpoint.
    public let name: String
    /// Its length.
    public let bytes: UInt64
    /// SHA-256 of its content.
    public let sha256: String
  }

  /// How long a log of the run was.
  public struct LogPosition: Codable, Sendable, Equatable {
    /// The name inside the run directory.
    public let name: String
    /// Its length.
    public let bytes: UInt64
  }

  /// The format of the checkpoint.
  public var format = CheckpointManifest.currentFormat
  /// The build and the machine.
  public var machine: Machine
  /// Fingerprint of the configuration.
  public var experiment: String
  /// How far the training was.
  public var progress: TrainingProgress
  /// Seconds of training so far, over all processes.
  public var elapsedSeconds: Double
  /// Which checkpoint is the best one.
  public var selection: CheckpointSelection
  /// Where the logs end.
  public var logs: [LogPosition]
  /// All other files of the checkpoint.
  public var files: [File] = []

  /// The text of `manifest.json`; its last member is the digest of all others.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let json = try JSONValue(parsing: Array(encoder.encode(self)))
    guard case .object(let members) = json else { return [] }
    let digest = SHA256.hexadecimal(of: json.compact.utf8)
    return Array(JSONValue.object(members + [.init("sha256", .string(digest))]).pretty.utf8)
  }

  /// Reads the text of a `manifest.json`; throws for anything but an intact one of a format that is read.
  ///
  /// Every format is an object with members `format` and `sha256`, so that a later one is told from a
  /// damaged one.
  init(decoding bytes: [UInt8]) throws {
    let json = try JSONValue(parsing: bytes)
    let content = json.removing("sha256")
    guard json["sha256"] == .string(SHA256.hexadecimal(of: content.compact.utf8)) else {
      throw ArchiveError(name: "manifest.json", reason: "does not match its own digest")
    }
    guard Self.readFormats.contains(where: { json["format"] == .number($0) }) else {
      var version: String?
      if case .string(let text)? = json["machine"]?["version"] { version = text }
      throw UnknownFormat(format: json["format"]?.compact ?? "none", version: version)
    }
    self = try JSONDecoder().decode(Self.self, from: Data(content.compact.utf8))
  }

  /// An intact checkpoint of a format that this version does not read.
  struct UnknownFormat: Error {
    let format: String
    /// The version of MetaRL that wrote it, where it says so.
    let version: String?
  }

  init(
    experiment: String, progress: TrainingProgress, elapsedSeconds: Double,
    selection: CheckpointSelection, logs: [LogPosition]
  ) {
    machine = .current
    self.experiment = experiment
    self.progress = progress
    self.elapsedSeconds = elapsedSeconds
    self.selection = selection
    self.logs = logs
  }
}

/// Keeps track of the checkpoint with the best headline metric, averaged over the iterations since
/// the checkpoint before it.
public struct CheckpointSelection: Codable, Sendable, Equatable {
  private var sum = 0.0
  private var count = 0
  /// The iteration of the best checkpoint so far.
  public private(set) var bestIteration: Int?
  /// Its mean headline metric.
  public private(set) var bestValue: Double?

  /// Nothing seen yet.
  public init() {}

  /// Takes in the headline metric of one iteration; NaN counts for nothing.
  mutating func observe(_ value: Double) {
    guard value.isFinite else { return }
    sum += value
    count += 1
  }

  /// Ends the window of the checkpoint of `iteration`.
  mutating func close(at iteration: Int, lowerIsBetter: Bool) {
    defer { (sum, count) = (0, 0) }
    guard count > 0 else { return }
    let mean = sum / Double(count)
    let isBetter = bestValue.map { lowerIsBetter ? mean < $0 : mean > $0 } ?? true
    if isBetter { (bestIteration, bestValue) = (iteration, mean) }
  }
}
