import Configuration

/// Reading experiments from files.
public enum ExperimentFile {
  /// The JSON of the file with the changes made.
  ///
  /// - Throws: ``Failure`` for a file that cannot be read or is not JSON, `ConfigurationError` for a
  ///   change that does not fit.
  public static func load(_ path: String, changes: [Override] = []) throws -> JSONValue {
    let bytes = try FileSystem.read(path, maximumBytes: 16 << 20)
    do {
      return try changes.reduce(JSONValue(parsing: bytes)) { try $0.applying($1) }
    } catch let error as JSONSyntaxError {
      throw Failure(
        .configuration, "\(path): line \(error.line), column \(error.column): \(error.problem)",
        remedy: error.remedy)
    }
  }

  /// The experiment files of a directory and those below it, sorted; none where there is no directory.
  ///
  /// - Throws: ``Failure`` for a directory that cannot be read.
  public static func find(in directory: String) throws -> [String] {
    try FileSystem.requireReadableDirectory(directory)
    return try FileSystem.names(in: directory).flatMap { name -> [String] in
      let path = directory + "/" + name
      if FileSystem.isDirectory(path) { return try find(in: path) }
      return name.hasSuffix(".json") ? [path] : []
    }
  }
}

/// The first places in which two JSON values differ, in the order of the first.
func differences(
  _ a: JSONValue, _ b: JSONValue, at path: JSONPath = .root
) -> [(path: JSONPath, a: JSONValue?, b: JSONValue?)] {
  guard a != b else { return [] }
  guard case .object(let first) = a, case .object(let second) = b else { return [(path, a, b)] }
  let shared = first.flatMap { member in
    let place = path.appending(member.key)
    return b[member.key].map { differences(member.value, $0, at: place) }
      ?? [(place, member.value, nil)]
  }
  let added = second.filter { a[$0.key] == nil }
  return shared + added.map { (path.appending($0.key), nil, $0.value) }
}
