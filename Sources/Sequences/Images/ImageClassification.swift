import Configuration
import Tensor

/// Classifies images that are shown step by step.
struct ImageClassification: SequenceTask {
  /// The options.
  struct Options: Configurable {
    /// The directory of the files; empty to search the usual places.
    var data = ""
    /// How an image becomes a sequence.
    var encoding = ImageEncodingChoice("rows")
    /// In which order pixels are shown.
    var order = PixelOrder.natural
    /// Decides random orders.
    var orderSeed: UInt64 = 0
    /// Pixels of a side that become one.
    var pooling = 1
    /// The splits.
    var examples = FileSplits()

    init() {}

    static var fields: [Field<Self>] {
      [
        .text("data", \.data, "Directory of the files; empty to search the usual places."),
        .value("encoding", \.encoding, "How an image becomes a sequence: a name, or with options."),
        .choice("order", \.order, "In which order pixels are shown."),
        .integer("orderSeed", \.orderSeed, "Decides random orders, whatever the training's seed."),
        .integer("pooling", \.pooling, in: 1...28, "Side of the squares that become one pixel."),
        .object("examples", \.examples, "Which examples are used for what."),
      ]
    }
  }

  let specification: SequenceSpecification
  private let encoding: any ImageEncoding
  private let answerSteps: Int
  private let splits: FileSplits.Ranges
  private let training: LabelledImages
  private let test: LabelledImages

  /// Reads the images.
  ///
  /// - Throws: ``DataSetError`` where files are missing or damaged, `ConfigurationError` where the
  ///   splits or the answer do not fit.
  init(_ options: Options, family: ImageFamily) throws {
    func images(test: Bool) throws -> LabelledImages {
      let images = try family.images(test: test, configured: options.data)
      guard min(images.height, images.width) >= options.pooling else {
        throw ConfigurationError(
          JSONPath("task.pooling"),
          "\(options.pooling) is more than \(images.height) × \(images.width) pixels have",
          remedy: "Use a smaller number.")
      }
      let pooled = images.pooled(by: options.pooling)
      return pooled.permuted(
        by: options.order.order(
          height: pooled.height, width: pooled.width, seed: options.orderSeed))
    }
    training = try images(test: false)
    test = try images(test: true)
    guard (training.height, training.width) == (test.height, test.width) else {
      throw DataSetError(
        .damaged,
        "training images have \(training.height) × \(training.width) pixels, test images "
          + "\(test.height) × \(test.width)", remedy: "Get the files again.")
    }
    splits = try options.examples.ranges(training: training.count, test: test.count)
    encoding = options.encoding.encoding
    let shape = encoding.shape(height: training.height, width: training.width)
    guard shape.answerSteps <= shape.steps else {
      throw ConfigurationError(
        JSONPath("task.encoding.answerSteps"),
        "\(shape.answerSteps) steps are more than the \(shape.steps) of a sequence",
        remedy: "Use a smaller number.")
    }
    answerSteps = shape.answerSteps
    specification = SequenceSpecification(
      name: family.rawValue, steps: shape.steps, inputWidth: shape.width,
      outputWidth: ImageFamily.classes, loss: .crossEntropy, averagesRuns: answerSteps > 1,
      examples: splits.counts)
  }

  func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    let images = request.split == .test ? test : training
    let index = splits[request.split].lowerBound + request.index
    let end = encoding.write(images[index], of: request, into: slot)
    for step in max(0, end - answerSteps)..<end {
      slot.target(step)[0] = Float(images.labels[index])
      slot.setWeight(1, at: step)
    }
  }
}
