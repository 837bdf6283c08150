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
      """)

  @Argument(help: "A name out of `metarl list`, or an experiment file.")
  var subject: String

  func run() throws {
    let catalogues = MetaRLCommand.library.catalogues
    let found = catalogues.flatMap { catalogue in
      catalogue.items.filter { $0.name == subject }.map { (catalogue.kind, $0) }
    }
    for (kind, item) in found {
      print("\(kind) \(item.name): \(item.summary)")
      print(OptionTable(schema: item.schema).text)
    }
    if !found.isEmpty { return }
    guard subject.hasSuffix(".json") || subject.contains("/") else {
      throw Failure(
        .notFound, "there is nothing named “\(subject)”",
        remedy: ConfigurationError.suggestion(
          for: catalogues.compactMap { $0.hint(subject) }.first ?? subject,
          among: catalogues.flatMap { $0.items.map(\.name) })
          + " Or give an experiment file.")
    }
    try describeExperiment()
  }

  private func describeExperiment() throws {
    let experiment = try ResolvedExperiment(
      json: ExperimentFile.load(subject), library: MetaRLCommand.library)
    let trainer = try experiment.makeTrainer(threads: 1)
    print(experiment.experiment.name + ": " + experiment.experiment.summary)
    let learner: String
    switch experiment.subject {
    case .agent(_, let environment):
      describe(environment)
      learner = "agent"
    case .learner(_, let task):
      describe(try task.task().specification)
      learner = "learner"
    }
    print(
      "\(learner), \(trainer.totalIterations) iterations, headline metric \(trainer.headlineMetric)"
    )
    print(trainer.describe())
    print("resolved experiment")
    print(experiment.json.pretty, terminator: "")
  }

  private func describe(_ environment: EnvironmentFactory) {
    let specification = environment.specification
    print("environment \(specification.name)")
    print("  observation: \(specification.observationSpace.count) numbers")
    switch specification.actionSpace {
    case .continuous(let box): print("  action: \(box.count) real numbers")
    case .discrete(let count): print("  action: one of \(count) choices")
    }
    print("  horizon: \(specification.horizon.map { "\($0) steps" } ?? "none")")
    for policy in environment.referencePolicies {
      print("  reference policy \(policy.name) (\(policy.role.rawValue)): \(policy.summary)")
    }
  }

  private func describe(_ task: SequenceSpecification) {
    print("task \(task.name)")
    print("  sequence: \(task.steps) steps of \(task.inputWidth) numbers")
    print(
      "  answer: \(task.outputWidth) numbers"
        + (task.averagesRuns ? ", averaged over the steps that ask for it" : ""))
    print("  loss: \(task.loss.title)")
    let counts = DataSplit.allCases.map { split in
      (task.examples[split].map { "\($0)" } ?? "ever new") + " for \(split.rawValue)"
    }
    print("  examples: \(counts.joined(separator: ", "))")
  }
}
