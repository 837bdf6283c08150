import Foundation

/// Where the files of a data set may lie.
struct DataLocation {
  /// What people call the data set.
  let title: String
  /// The directory of the configuration; empty to search the usual places.
  let configured: String
  /// Its directory below the usual roots.
  let directory: String
  /// Places of its own to be searched, such as that of a system package.
  let systemDirectories: [String]
  /// How to get the data set.
  let remedy: String

  /// The variable that names a directory in which data sets lie.
  static let variable = "METARL_DATA"

  /// The directories to look into, in order.
  var candidates: [String] {
    if !configured.isEmpty { return [(configured as NSString).expandingTildeInPath] }
    let environment = ProcessInfo.processInfo.environment[Self.variable]
    let roots = (environment.map { [$0] } ?? []) + ["data"]
    return roots.map { $0 + "/" + directory } + systemDirectories
  }

  /// The first directory in which `file` is found, in one of its spellings.
  ///
  /// - Throws: ``DataSetError`` with all places that were looked at.
  func directory(containing file: [String]) throws -> String {
    let found = candidates.first { directory in
      file.contains { FileManager.default.fileExists(atPath: directory + "/" + $0) }
    }
    guard let found else {
      throw DataSetError(
        .missing,
        "\(title) was not found: there is no \(file[0]) in \(candidates.joined(separator: ", "))",
        remedy: remedy + " Then name its directory with task.data, or put it below a directory "
          + "that \(Self.variable) names.")
    }
    return found
  }

  /// The path of `file`, in one of its spellings, in a directory of the data set.
  ///
  /// - Throws: ``DataSetError`` where there is none.
  func path(of file: [String], in directory: String) throws -> String {
    let paths = file.map { directory + "/" + $0 }
    guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw DataSetError(
        .missing, "\(title) is not complete: there is no \(file[0]) in \(directory)",
        remedy: remedy)
    }
    return path
  }
}
