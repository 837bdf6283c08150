import Configuration
import Tensor

/// The files of a checkpoint beside its manifest, and how an archive is laid out in them.
enum CheckpointFiles {
  static let experiment = "experiment.json"
  static let values = "state.json"
  /// All files in the order in which they are written.
  static let names = Archive.Section.allCases.map(name) + [values, experiment]

  static func name(of section: Archive.Section) -> String { section.rawValue + ".safetensors" }

  /// The content of all files.
  ///
  /// - Throws: ``CheckpointFiles/NonFinite`` for weights or optimizer states that are not finite.
  static func encode(_ archive: Archive, experiment json: JSONValue) throws
    -> [(name: String, bytes: [UInt8])]
  {
    if let name = firstNonFinite(in: archive) { throw NonFinite(tensor: name) }
    var files = Archive.Section.allCases.map { section in
      (
        name: name(of: section),
        bytes: Safetensors(tensors: archive.tensors[section] ?? [:]).bytes
      )
    }
    let members = try archive.values.sorted { $0.key < $1.key }.map { name, bytes in
      JSONValue.Member(name, try parseValues(bytes))
    }
    files.append((values, Array((JSONValue.object(members).compact + "\n").utf8)))
    files.append((experiment, Array(json.pretty.utf8)))
    return files
  }

  /// The archive and the experiment in the files.
  ///
  /// - Throws: `ArchiveError`, `SafetensorsError` or `JSONSyntaxError`.
  static func decode(_ files: [String: [UInt8]]) throws -> (archive: Archive, experiment: JSONValue)
  {
    var archive = Archive()
    for section in Archive.Section.allCases {
      let tensors = try Safetensors(bytes: files[name(of: section)] ?? []).tensors
      for (name, tensor) in tensors { archive.store(tensor, name, in: section) }
    }
    if let name = firstNonFinite(in: archive) {
      throw ArchiveError(name: name, reason: "holds numbers that are not finite")
    }
    guard case .object(let members) = try parseValues(files[values] ?? []) else {
      throw ArchiveError(name: values, reason: "is not an object")
    }
    for member in members {
      archive.storeEncoded(Array(member.value.compact.utf8), member.key)
    }
    return (archive, try JSONValue(parsing: files[experiment] ?? []))
  }

  /// Weights or optimizer states that are not finite and must not be stored as if they were good.
  struct NonFinite: Error {
    let tensor: String
  }

  private static func parseValues(_ bytes: [UInt8]) throws -> JSONValue {
    try JSONValue(parsing: bytes, maximumDepth: 512, maximumBytes: 4 << 30)
  }

  private static func firstNonFinite(in archive: Archive) -> String? {
    for section in [Archive.Section.weights, .optimizer] {
      for (name, tensor) in (archive.tensors[section] ?? [:]).sorted(by: { $0.key < $1.key }) {
        let isFinite =
          switch tensor.type {
          case .float32: tensor.floats?.allSatisfy(\.isFinite) ?? true
          case .float64: tensor.doubles?.allSatisfy(\.isFinite) ?? true
          case .int32, .int64, .uint8: true
          }
        if !isFinite { return name }
      }
    }
    return nil
  }
}
