import Configuration

/// The options in which runs of one experiment differ, wherever they were changed: on the command line, by a
/// grid, or in the file.
struct VariedOptions {
  private let runs: [RunData]
  /// What was changed for the runs beside the file, in order.
  private let changes: [Override]

  /// The options that differ between `runs`.
  init(among runs: [RunData]) {
    self.runs = runs
    changes = runs.flatMap(\.changes)
  }

  /// The options, those among the changes first and in their order.
  var options: [Override] {
    let differing = differing
    var options: [Override] = []
    for option in differing.sorted(by: { rank($0) < rank($1) })
    where !differing.contains(where: { follows(option, from: $0) }) {
      for known in asChanged(option) where !options.contains(where: { $0.path == known.path }) {
        options.append(known)
      }
    }
    return options
  }

  /// Every option that has another value in a run than in the first one.
  private var differing: [Override] {
    var paths: [String] = []
    for run in runs where run.settingName != runs[0].settingName {
      let here = differences(runs[0].setting, run.setting).map(\.path.description)
      paths += here.filter { !paths.contains($0) }
    }
    return paths.compactMap { try? Override(path: $0, value: .null) }
  }

  /// The place of an option among the changes.
  private func rank(_ option: Override) -> Int {
    let place = JSONPath(option.path)
    return changes.map { JSONPath($0.path) }
      .firstIndex { $0.contains(place) || place.contains($0) } ?? changes.count
  }

  /// The changes that make up an option, such as elements of a list. What was not changed stands as it is, a
  /// name for the part that has it.
  private func asChanged(_ option: Override) -> [Override] {
    let changed = changes.filter { change in
      JSONPath(option.path).contains(JSONPath(change.path))
        && runs.contains { value(change, $0) != value(change, runs[0]) }
    }
    let part = option.namedPart.flatMap { try? Override(path: $0, value: .null) }
    return changed.isEmpty ? [part ?? option] : changed
  }

  /// Whether an option of a part has one value with each name of the part, such as what comes with a cell.
  private func follows(_ option: Override, from name: Override) -> Bool {
    guard option.path != name.path, let part = name.namedPart,
      JSONPath(part).contains(JSONPath(option.path))
    else { return false }
    return runs.allSatisfy { run in
      let first = runs.first { value(name, $0) == value(name, run) }
      return first.map { value(option, $0) == value(option, run) } ?? true
    }
  }

  private func value(_ option: Override, _ run: RunData) -> JSONValue? {
    run.setting.value(of: option)
  }
}

extension Override {
  /// The path of the part that this is the name of, nil for other options.
  fileprivate var namedPart: String? {
    path.hasSuffix(".name") ? String(path.dropLast(".name".count)) : nil
  }
}
