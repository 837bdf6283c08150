import Configuration

/// Which examples of a data set's training and test files are used for what.
struct FileSplits: Configurable, Equatable {
  /// Training examples, from the beginning of the training file; 0 for all that validation leaves.
  var training = 0
  /// Validation examples, the last of the training file.
  var validation = 5000
  /// Test examples, from the beginning of the test file; 0 for all.
  var test = 0

  init() {}

  static var fields: [Field<Self>] {
    [
      .integer(
        "training", \.training, in: 0...1_000_000_000,
        "Training examples, from the beginning of the training file; 0 for all that are left."),
      .integer(
        "validation", \.validation, in: 0...1_000_000_000,
        "Validation examples, the last of the training file."),
      .integer(
        "test", \.test, in: 0...1_000_000_000,
        "Test examples, from the beginning of the test file; 0 for all."),
    ]
  }

  /// Where the splits lie in their files.
  struct Ranges: Sendable {
    let training: Range<Int>
    let validation: Range<Int>
    let test: Range<Int>

    subscript(split: DataSplit) -> Range<Int> {
      switch split {
      case .training: training
      case .validation: validation
      case .test: test
      }
    }

    var counts: ExampleCounts {
      ExampleCounts(training: training.count, validation: validation.count, test: test.count)
    }
  }

  /// The places in files of so many examples.
  ///
  /// - Throws: `ConfigurationError` where there are too few.
  func ranges(training available: Int, test testAvailable: Int) throws -> Ranges {
    let left = available - validation
    guard left > 0, training <= left else {
      throw ConfigurationError(
        JSONPath("task.examples"),
        "\(training) training and \(validation) validation examples do not fit a file of \(available)",
        remedy: "Ask for fewer.")
    }
    guard test <= testAvailable, testAvailable > 0 else {
      throw ConfigurationError(
        JSONPath("task.examples.test"), "\(test) are more than the \(testAvailable) of the file",
        remedy: "Ask for fewer, or for 0 to have all.")
    }
    return Ranges(
      training: 0..<(training == 0 ? left : training), validation: left..<available,
      test: 0..<(test == 0 ? testAvailable : test))
  }
}
