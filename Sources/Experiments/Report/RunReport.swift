import Agents
import Configuration
import Sequences

/// What `metarl report` says of one or several runs, of one experiment or of several.
public struct RunReport: Sendable {
  /// The runs.
  public let runs: [RunData]

  /// A report on `runs`.
  public init(_ runs: [RunData]) { self.runs = runs }

  /// The runs of each experiment and each choice of its options, which leaves those of several seeds
  /// together, in the order in which they first appear.
  public var groups: [RunReport] {
    var places: [String: Int] = [:]
    var groups: [[RunData]] = []
    for run in runs {
      if let place = places[run.settingName] {
        groups[place].append(run)
      } else {
        places[run.settingName] = groups.count
        groups.append([run])
      }
    }
    return groups.map { RunReport($0) }
  }

  /// What tells each of the groups from the others: its name, the options in which groups of that name differ,
  /// or both.
  public var labels: [String] {
    let options = Dictionary(grouping: runs, by: \.name)
      .mapValues { VariedOptions(among: $0).options }
    return groups.map { group in
      let varied = options[group.runs[0].name] ?? []
      return group.label(by: varied, called: varied.distinctNames, hasName: !isOneExperiment)
    }
  }

  /// What tells this group from others: the values of `options`, and its name where asked for or without
  /// options.
  func label(by options: [Override], called names: [String], hasName: Bool) -> String {
    let run = runs[0]
    let words = zip(options, names).compactMap { option, name in
      run.experiment.value(of: option).map { "\(name) \($0.label)" }
    }
    return ((hasName || words.isEmpty ? [run.name] : []) + words).joined(separator: ", ")
  }

  /// Whether the runs are of one experiment, whatever was changed in it.
  var isOneExperiment: Bool { Set(runs.map(\.name)).count == 1 }

  /// Whether sequences are learned, not acting.
  var isSupervised: Bool { runs[0].isSupervised }

  /// What the loss of learned sequences is, as far as a complete run tells.
  var lossKind: SequenceLoss.Kind? {
    guard case .examples(let statistics)? = summaries.first?.test else { return nil }
    return statistics.kind
  }

  /// The complete runs.
  public var summaries: [Summary] { runs.compactMap(\.summary) }

  /// What all runs that have begun count their training in; environment steps where they differ.
  public var unit: ProgressUnit {
    let units = Set(runs.filter { !$0.rows.isEmpty }.map(\.unit))
    return units.count == 1 ? units.first ?? .environmentSteps : .environmentSteps
  }

  /// The names of the experiments.
  var experimentNames: String {
    var names: [String] = []
    for run in runs where !names.contains(run.name) { names.append(run.name) }
    return names.joined(separator: " and ")
  }

  /// Writes the summaries of the complete runs as one list, `summary.json`, into a directory.
  ///
  /// - Returns: the file written.
  /// - Throws: ``Failure`` where it cannot be.
  public func collectSummaries(into directory: String) throws -> String {
    try FileSystem.createDirectory(directory)
    let path = directory + "/summary.json"
    let list = JSONValue.array(summaries.map(\.json))
    try FileSystem.replace(path, with: Array((list.pretty + "\n").utf8))
    return path
  }

  /// The names of all metrics, in the order in which they were first recorded.
  public var metricNames: [String] {
    var seen: Set<String> = []
    return runs.flatMap { $0.rows.first?.metrics ?? [] }.map(\.name)
      .filter { seen.insert($0).inserted }
  }

  /// The rows of policies that need no learning and that all runs can be compared with.
  public var references: [ReferenceRow] {
    let summaries = largestTests
    return summaries.first?.references.filter { row in
      summaries.allSatisfy { $0.references.contains(row) }
    } ?? []
  }

  /// Of the complete runs that differ in nothing but their seeds and tests, the one with the largest test that
  /// has rows to compare with; its rows are those of all, more exactly.
  private var largestTests: [Summary] {
    var largest: [(subject: [JSONValue?], summary: Summary)] = []
    for run in runs {
      guard let summary = run.summary else { continue }
      let subject: [JSONValue?] =
        [.string(summary.version)]
        + ["environment", "agent", "task", "learner"].map { run.experiment[$0] }
        + [.bool(run.isTestedOnTrainingTasks)]
      guard let index = largest.firstIndex(where: { $0.subject == subject }) else {
        largest.append((subject, summary))
        continue
      }
      let known = largest[index].summary
      let isLarger = summary.test.count > known.test.count || known.references.isEmpty
      if isLarger && !summary.references.isEmpty { largest[index].summary = summary }
    }
    return largest.map(\.summary)
  }
}
