/// What a task is made of.
public struct SequenceSpecification: Sendable, Equatable {
  /// The name in the registry.
  public let name: String
  /// Steps of the longest sequence.
  public let steps: Int
  /// Numbers shown in a step.
  public let inputWidth: Int
  /// Numbers a network answers in a step: values, or one logit for each class or bit.
  public let outputWidth: Int
  /// How answers are judged.
  public let loss: SequenceLoss.Kind
  /// Whether outputs are averaged over each unbroken run of weighted steps, and the average judged by
  /// the target and weight of the run's last step; else every weighted step is an answer of its own.
  public let averagesRuns: Bool
  /// How many examples each split has.
  public let examples: ExampleCounts

  /// A task.
  public init(
    name: String, steps: Int, inputWidth: Int, outputWidth: Int, loss: SequenceLoss.Kind,
    averagesRuns: Bool = false, examples: ExampleCounts = .init()
  ) {
    precondition(
      steps > 0 && inputWidth > 0 && outputWidth > 0, "\(name): every size is positive")
    self.name = name
    self.steps = steps
    self.inputWidth = inputWidth
    self.outputWidth = outputWidth
    self.loss = loss
    self.averagesRuns = averagesRuns
    self.examples = examples
  }

  /// Numbers in a target: the class, or as many as there are outputs.
  public var targetWidth: Int { loss == .crossEntropy ? 1 : outputWidth }
}
