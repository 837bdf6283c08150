import Agents
import Configuration
import Foundation
import Glibc
import Tensor

/// Which checkpoint of a run.
public enum CheckpointChoice: Sendable, Equatable {
  /// The last one written.
  case latest
  /// The one with the best headline metric.
  case best
  /// The one after that many iterations.
  case iteration(Int)
}

/// A checkpoint that has been read and found intact.
public struct Checkpoint: Sendable {
  /// The cover.
  public let manifest: CheckpointManifest
  /// The state of the trainer.
  public let archive: Archive
  /// The experiment it is of.
  public let experiment: JSONValue
}

/// The checkpoints of one run: directories named by iteration, and the links `latest` and `best`.
///
/// A checkpoint appears by a single rename after all of it is on the disk, so a crash at any moment
/// leaves whole checkpoints only.
public struct CheckpointStore: Sendable {
  /// The directory of the checkpoints.
  public let directory: String

  private static let temporaryPrefix = ".new-"
  private static let replacedSuffix = ".replaced"

  /// The checkpoints in `directory`.
  public init(directory: String) { self.directory = directory }

  /// The name of the checkpoint after `iteration` iterations.
  public static func name(of iteration: Int) -> String {
    let digits = String(iteration)
    return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
  }

  /// The iterations of all whole checkpoints, ascending.
  public var iterations: [Int] {
    FileSystem.names(in: directory).compactMap { name in
      guard let iteration = Int(name), Self.name(of: iteration) == name else { return nil }
      return FileSystem.isDirectory(path(of: iteration)) ? iteration : nil
    }.sorted()
  }

  /// The directory of the checkpoint after `iteration` iterations.
  public func path(of iteration: Int) -> String { directory + "/" + Self.name(of: iteration) }

  // MARK: Writing

  /// Writes a checkpoint and makes it the latest.
  package func write(
    _ archive: Archive, manifest: CheckpointManifest, experiment: JSONValue
  ) throws {
    let files = try CheckpointFiles.encode(archive, experiment: experiment)
    var manifest = manifest
    manifest.files = files.map { file in
      .init(
        name: file.name, bytes: UInt64(file.bytes.count),
        sha256: SHA256.hexadecimal(of: file.bytes))
    }
    try FileSystem.createDirectory(directory)
    let iteration = manifest.progress.iterations
    let temporary = directory + "/" + Self.temporaryPrefix + Self.name(of: iteration)
    FileSystem.remove(temporary)
    do {
      try FileSystem.createDirectory(temporary)
      for file in files {
        try FileSystem.writeDurably(file.bytes, to: temporary + "/" + file.name)
      }
      try FileSystem.writeDurably(
        manifest.encoded(), to: temporary + "/" + CheckpointManifest.fileName)
      try FileSystem.synchronizeDirectory(temporary)
      try publish(temporary, as: path(of: iteration))
    } catch {
      FileSystem.remove(temporary)
      throw error
    }
    try point("latest", to: iteration)
    if let best = manifest.selection.bestIteration, iterations.contains(best) {
      try point("best", to: best)
    }
  }

  private func point(_ name: String, to iteration: Int) throws {
    let link = directory + "/" + name
    let target = Self.name(of: iteration)
    if FileSystem.linkTarget(link) != target { try FileSystem.link(link, to: target) }
  }

  /// Renames a finished directory to its name. An older checkpoint of that name steps aside first;
  /// should the process die in between, `recover` puts it back.
  private func publish(_ temporary: String, as path: String) throws {
    let replaced = path + Self.replacedSuffix
    let replaces = FileSystem.exists(path)
    if replaces {
      FileSystem.remove(replaced)
      try FileSystem.move(path, to: replaced)
    }
    do {
      try FileSystem.move(temporary, to: path)
    } catch {
      if replaces { try FileSystem.move(replaced, to: path) }
      throw error
    }
    try FileSystem.synchronizeDirectory(directory)
    if replaces { FileSystem.remove(replaced) }
  }

  /// Removes what a killed process left half done.
  func recover() throws {
    for name in FileSystem.names(in: directory) {
      let path = directory + "/" + name
      if name.hasPrefix(Self.temporaryPrefix) || name.hasSuffix(".tmp") {
        FileSystem.remove(path)
      } else if name.hasSuffix(Self.replacedSuffix) {
        let original = String(path.dropLast(Self.replacedSuffix.count))
        if FileSystem.exists(original) {
          FileSystem.remove(path)
        } else {
          try FileSystem.move(path, to: original)
        }
      }
    }
  }

  /// Removes all checkpoints but the latest `count` and the one after `best` iterations.
  func prune(keeping count: Int, best: Int?) {
    for iteration in iterations.dropLast(count) where iteration != best {
      FileSystem.remove(path(of: iteration))
    }
  }

  /// Makes the checkpoint after `iteration` the latest, that after `best` the best, if it is still there, and
  /// removes those after later iterations, which a training that goes on from it will write again.
  func goBack(to iteration: Int, best: Int?) throws {
    try point("latest", to: iteration)
    if let best, iterations.contains(best) {
      try point("best", to: best)
    } else {
      // It would soon name another checkpoint of the same iteration, which may not be the best one.
      FileSystem.remove(directory + "/best")
    }
    for later in iterations where later > iteration { FileSystem.remove(path(of: later)) }
  }

  // MARK: Reading

  /// The iteration of the chosen checkpoint, nil where the run has none.
  ///
  /// - Throws: ``Failure`` for an iteration without a checkpoint, and where it cannot be seen whether there
  ///   are any: who took that for none would begin anew.
  public func find(_ choice: CheckpointChoice) throws -> Int? {
    try FileSystem.requireReadableDirectory(directory)
    let iterations = self.iterations
    switch choice {
    case .latest: return linked("latest", among: iterations) ?? iterations.last
    case .best: return linked("best", among: iterations) ?? iterations.last
    case .iteration(let iteration):
      guard iterations.contains(iteration) else {
        let list = iterations.map(String.init).joined(separator: ", ")
        throw Failure(
          .notFound, "there is no checkpoint of iteration \(iteration) in \(directory)",
          remedy: list.isEmpty ? "The run has none yet." : "There are \(list).")
      }
      return iteration
    }
  }

  private func linked(_ name: String, among iterations: [Int]) -> Int? {
    guard let target = FileSystem.linkTarget(directory + "/" + name) else { return nil }
    return iterations.first { Self.name(of: $0) == target }
  }

  /// Reads a checkpoint and checks every byte of it.
  ///
  /// - Throws: ``Failure`` with ``ExitReason/checkpoint`` for anything but an intact one.
  public func read(_ iteration: Int) throws -> Checkpoint {
    let path = path(of: iteration)
    do {
      let manifest = try CheckpointManifest(
        decoding: FileSystem.read(path + "/" + CheckpointManifest.fileName, maximumBytes: 16 << 20))
      guard manifest.progress.iterations == iteration else {
        throw ArchiveError(
          name: "manifest.json", reason: "is of iteration \(manifest.progress.iterations)")
      }
      var files: [String: [UInt8]] = [:]
      for name in CheckpointFiles.names {
        files[name] = try readFile(name, of: manifest, in: path)
      }
      let (archive, experiment) = try CheckpointFiles.decode(files)
      guard ResolvedExperiment.fingerprint(of: experiment) == manifest.experiment else {
        throw ArchiveError(name: "experiment.json", reason: "is not the one of the manifest")
      }
      return Checkpoint(manifest: manifest, archive: archive, experiment: experiment)
    } catch let failure as Failure where failure.status == .inputOutput {
      throw failure
    } catch let error as CheckpointManifest.UnknownFormat {
      let writer = error.version.map { " and was written by MetaRL \($0)" } ?? ""
      throw Failure(
        .checkpoint,
        "the checkpoint \(path) has format \(error.format)\(writer); this is MetaRL "
          + "\(Machine.version), which reads formats up to \(CheckpointManifest.currentFormat)",
        remedy: "Go on with the version that wrote it, or a later one.")
    } catch {
      throw damaged(iteration, error)
    }
  }

  private func readFile(
    _ name: String, of manifest: CheckpointManifest, in path: String
  ) throws -> [UInt8] {
    guard let entry = manifest.files.first(where: { $0.name == name }) else {
      throw ArchiveError(name: name, reason: "is not in the manifest")
    }
    let bytes = try FileSystem.read(path + "/" + name)
    guard UInt64(bytes.count) == entry.bytes else {
      throw ArchiveError(
        name: name, reason: "has \(bytes.count) bytes where \(entry.bytes) belong")
    }
    guard SHA256.hexadecimal(of: bytes) == entry.sha256 else {
      throw ArchiveError(name: name, reason: "does not match its digest")
    }
    return bytes
  }

  /// The failure to read the checkpoint of `iteration`, with what to do instead.
  func damaged(_ iteration: Int, _ error: any Error) -> Failure {
    let reason =
      switch error {
      case let failure as Failure: failure.problem
      case let error as JSONSyntaxError: "manifest.json is not JSON: \(error.problem)"
      case is DecodingError: "manifest.json does not decode"
      default: "\(error)"
      }
    let others = iterations.filter { $0 != iteration }
    let earlier = others.last { $0 < iteration }
    let remedy =
      (earlier ?? others.first).map { other in
        "Use \(earlier == nil ? "another" : "an earlier") one: resume it with --from \(other), or test it "
          + "with --checkpoint \(other)."
      }
      ?? "There is no other checkpoint; start the run anew in another directory."
    return Failure(
      .checkpoint, "the checkpoint \(path(of: iteration)) is damaged: \(reason)", remedy: remedy)
  }
}
