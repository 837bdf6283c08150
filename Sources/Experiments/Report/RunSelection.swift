/// The runs that a report counts, out of those that a person named.
///
/// A training that was named twice is one sample, not two: with one directory under two paths, and with two
/// directories of the same experiment and seed.
public struct RunSelection: Sendable {
  /// The runs that count, in the order in which they were named.
  public let runs: [RunData]
  /// What is to be said of the others, and of those that are not complete; a line each.
  public let remarks: [String]

  /// Reads the runs in `directories`, whose names are looked up in `library`.
  ///
  /// - Throws: ``Failure`` for files that are missing or broken.
  public init(of directories: [RunDirectory], library: Library) throws {
    var places: Set<String> = []
    var runs: [RunData] = []
    var remarks: [String] = []
    // Where the run of a training is among `runs`. A test never changes what is trained.
    var indices: [String: Int] = [:]
    for directory in directories
    where places.insert(FileSystem.resolved(directory.path)).inserted {
      let run = try RunData(of: directory, library: library)
      let training = "\(run.settingName) \(run.seed)"
      guard let index = indices[training] else {
        indices[training] = runs.count
        runs.append(run)
        continue
      }
      var (kept, other) = (runs[index], run)
      if kept.summary == nil && other.summary != nil { (kept, other) = (other, kept) }
      runs[index] = kept
      remarks.append(
        "\(other.directory.path) is left out: it is the training in \(kept.directory.path), "
          + "with the same options and seed \(kept.seed)")
    }
    let missing = runs.filter { $0.summary == nil }
    if !missing.isEmpty {
      let paths = missing.map(\.directory.path).joined(separator: ", ")
      remarks.append(
        "\(missing.count) of \(runs.count) \(runs.count == 1 ? "run is" : "runs are") not complete: "
          + paths)
    }
    self.runs = runs
    self.remarks = remarks
  }

  /// Writes the remarks to standard error.
  public func announceRemarks() {
    for remark in remarks { StandardError.write(remark + "\n") }
  }
}
