import Configuration

/// How many examples the splits of a task have.
public struct ExampleCounts: Configurable, Equatable {
  /// Training examples; 0 for a new one every time.
  public var training: Int
  /// Validation examples; 0 for no validation.
  public var validation: Int
  /// Test examples.
  public var test: Int

  /// Examples that are new every time, and a thousand of them for validation and for the test.
  public init() { self.init(training: 0, validation: 1000, test: 1000) }

  /// The given numbers.
  public init(training: Int, validation: Int, test: Int) {
    self.training = training
    self.validation = validation
    self.test = test
  }

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer(
        "training", \.training, in: 0...1_000_000_000,
        "Training examples, shown again in every epoch; 0 for a new one every time."),
      .integer(
        "validation", \.validation, in: 0...1_000_000_000,
        "Examples for validation; 0 for none."),
      .integer("test", \.test, in: 1...1_000_000_000, "Examples of the test."),
    ]
  }

  /// The number of examples of a split; nil where they are without end.
  public subscript(split: DataSplit) -> Int? {
    switch split {
    case .training: training == 0 ? nil : training
    case .validation: validation
    case .test: test
    }
  }
}
