import Autodiff

/// Names that options choose from without a registry: they are the same in every library.
public struct ChoiceList: Sendable {
  /// One name.
  public struct Item: Sendable {
    /// The name in configurations.
    public let name: String
    /// One sentence on what it does, and what for.
    public let summary: String
  }

  /// What is listed: “optimizer”, “schedule”.
  public let kind: String
  /// Which options choose from it.
  public let usage: String
  /// The names.
  public let items: [Item]

  /// The rules that change parameters along a gradient.
  public static let optimizers = ChoiceList(
    kind: "optimizer",
    usage: "optimizer.rule of bptt, optimizer of a2c and ppo; kl-ppo and drqn have adam",
    items: OptimizerName.allCases.map { Item(name: $0.rawValue, summary: $0.summary) })

  /// How step sizes change over a training.
  public static let schedules = ChoiceList(
    kind: "schedule",
    usage: "optimizer.schedule of bptt, learningRateSchedule of a2c, ppo and kl-ppo",
    items: LearningRateSchedule.allCases.map { Item(name: $0.rawValue, summary: $0.summary) })

  /// All lists.
  public static let all = [optimizers, schedules]
}
