import Configuration

extension Registry<LearnerFactory> {
  /// The learners that come with MetaRL.
  public static let standard: Registry<LearnerFactory> = {
    var registry = Registry<LearnerFactory>(kind: "learner")
    registry.register(
      .init(
        "bptt", "Gradient descent by backpropagation through whole sequences.",
        options: SequenceTrainerOptions.self
      ) { options in LearnerFactory { try SequenceTrainer(options, context: $0) } })
    return registry
  }()
}
