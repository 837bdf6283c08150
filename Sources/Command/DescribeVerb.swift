import Agents
import ArgumentParser
import Configuration
import Envs
import Experiments
import Sequences

/// `metarl describe NAME|FILE`
struct DescribeVerb: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "describe",
    abstract: "Show the options of a name, or the sizes and defaults of an experiment.",
    discussion: """
      EXAMPLE
        metarl describe cartpole
        metarl describe experiments/nmd.json
        metarl describe experiments/nmd.json --set agent.network.cell=lstm
      """)

  @Argument(help: "A name out of `metarl list`, or an experiment file.")
  var subject: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Change an option of the experiment, as `metarl run` does.", valueName: "path=value"))
  var changes: [String] = []

  func run() throws {
    let catalogues = CommandLibrary.current.catalogues
    let found = catalogues.flatMap { catalogue in
      catalogue.items.filter { $0.name == subject }.map { (catalogue.kind, $0) }
    }
    for (kind, item) in found {
      try StandardOutput.writeLine("\(kind) \(item.name): \(item.summary)")
      try StandardOutput.writeLine(OptionTable(schema: item.schema).text)
    }
    let chosen = ChoiceList.all.flatMap { list in
      list.items.filter { $0.name == subject }.map { (list, $0) }
    }
    for (list, item) in chosen {
      try StandardOutput.writeLine(
        "\(list.kind) \(item.name): \(item.summary)\n  chosen by: \(list.usage)")
    }
    if !found.isEmpty || !chosen.isEmpty {
      guard changes.isEmpty else {
        throw Failure(
          .usage, "--set goes with an experiment file, \(subject) is none",
          remedy: "Leave out --set.")
      }
      return
    }
    guard subject.hasSuffix(".json") || subject.contains("/") else {
      let names =
        catalogues.flatMap { $0.items.map(\.name) }
        + ChoiceList.all.flatMap { $0.items.map(\.name) }
      throw Failure(
        .notFound, "there is nothing named “\(subject)”",
        remedy: ConfigurationError.suggestion(
          for: catalogues.compactMap { $0.hint(subject) }.first ?? subject, among: names)
          + " Or give an experiment file.")
    }
    try describeExperiment()
  }

  private func describeExperiment() throws {
    let json = try ExperimentFile.load(subject, changes: changes.map { try Override($0) })
    let experiment = try ResolvedExperiment(json: json, library: CommandLibrary.current)
    try StandardOutput.writeLine(experiment.experiment.name + ": " + experiment.experiment.summary)
    if let runs = experiment.experiment.runs { try StandardOutput.writeLine(runs) }
    do {
      try describeParts(of: experiment)
    } catch let error as DataSetError {
      try describeParts(of: experiment, without: error)
    }
    try StandardOutput.writeLine("resolved experiment")
    try StandardOutput.write(experiment.json.pretty)
  }

  private func describeParts(of experiment: ResolvedExperiment) throws {
    let trainer = try experiment.makeTrainer(threads: 1)
    let learner: String
    switch experiment.subject {
    case .agent(_, let environment):
      try describe(environment)
      learner = "agent"
    case .learner(_, let task):
      try describe(task.task().specification)
      learner = "learner"
    }
    try StandardOutput.writeLine(
      "\(learner), \(trainer.totalIterations) iterations, headline metric \(trainer.headlineMetric)"
    )
    try StandardOutput.writeLine(trainer.describe())
    for remark in trainer.remarks { try StandardOutput.writeLine("note: \(remark)") }
  }

  /// What is known of a task whose data are not there: the names, and how to get the data.
  private func describeParts(of experiment: ResolvedExperiment, without data: DataSetError) throws {
    let subjects = [
      ("task", experiment.experiment.task), ("learner", experiment.experiment.learner),
    ]
    for (kind, json) in subjects {
      guard case .string(let name)? = json["name"] else { continue }
      let catalogue = CommandLibrary.current.catalogues.first { $0.kind == kind }
      let summary = catalogue?.items.first { $0.name == name }.map { ": " + $0.summary } ?? ""
      try StandardOutput.writeLine("\(kind) \(name)\(summary)")
      guard kind == "task" else { continue }
      try StandardOutput.writeLine(
        "  \(data.kind == .missing ? "missing data" : "damaged data"): \(data.problem)")
      try StandardOutput.writeLine("  \(data.remedy)")
      try StandardOutput.writeLine(
        "  Until then the length of sequences, iterations and numbers of weights are unknown.")
    }
  }

  private func describe(_ environment: EnvironmentFactory) throws {
    let specification = environment.specification
    try StandardOutput.writeLine("environment \(specification.name)")
    try StandardOutput.writeLine("  observation: \(specification.observationSpace.count) numbers")
    switch specification.actionSpace {
    case .continuous(let box): try StandardOutput.writeLine("  action: \(box.count) real numbers")
    case .discrete(let count): try StandardOutput.writeLine("  action: one of \(count) choices")
    }
    try StandardOutput.writeLine(
      "  horizon: \(specification.horizon.map { "\($0) steps" } ?? "none")")
    try StandardOutput.writeLine("  tasks: \(Self.tasks(of: environment))")
    for policy in environment.referencePolicies {
      try StandardOutput.writeLine(
        "  reference policy \(policy.name) (\(policy.role.rawValue)): \(policy.summary)")
    }
  }

  /// How many tasks there are, in words.
  private static func tasks(of environment: EnvironmentFactory) -> String {
    func count(_ tasks: TaskSource) -> String { tasks.count == 0 ? "ever new" : "\(tasks.count)" }
    let (train, test) = (environment.tasks(of: .train), environment.tasks(of: .test))
    return "\(count(train)) to learn from, "
      + (test.split == .train ? "tests draw from the same" : "\(count(test)) for tests")
  }

  private func describe(_ task: SequenceSpecification) throws {
    try StandardOutput.writeLine("task \(task.name)")
    try StandardOutput.writeLine("  sequence: \(task.steps) steps of \(task.inputWidth) numbers")
    try StandardOutput.writeLine(
      "  answer: \(task.outputWidth) numbers"
        + (task.averagesRuns ? ", averaged over the steps that ask for it" : ""))
    try StandardOutput.writeLine("  loss: \(task.loss.title)")
    let counts = DataSplit.allCases.map { split in
      (task.examples[split].map { "\($0)" } ?? "ever new") + " for \(split.rawValue)"
    }
    try StandardOutput.writeLine("  examples: \(counts.joined(separator: ", "))")
  }
}
