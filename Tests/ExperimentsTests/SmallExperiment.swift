import Configuration
import Experiments

/// The experiments in `Tests/Fixtures/experiments`, one for each agent and learner of the library: seconds
/// long, with whatever the agent can have that must survive a stop.
enum SmallExperiment {
  /// The names of all agents and learners, and so of their experiments.
  static let names =
    (Library.standard.agents.entries.map(\.name) + Library.standard.learners.entries.map(\.name))
    .sorted()

  /// The file of an experiment.
  static func path(of name: String) -> String { Fixture.path("experiments/\(name).json") }
}
