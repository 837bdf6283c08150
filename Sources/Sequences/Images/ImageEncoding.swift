/// How an image becomes a sequence.
public protocol ImageEncoding: Sendable {
  /// The sequence that images of that size become.
  func shape(height: Int, width: Int) -> EncodedShape
  /// Writes the inputs of an image.
  ///
  /// - Returns: the step after the last one, where the answer ends.
  func write(_ image: Image, of request: ExampleRequest, into slot: ExampleSlot) -> Int
}

/// The size of an encoded image.
public struct EncodedShape: Sendable, Equatable {
  /// Steps of the longest sequence.
  public var steps: Int
  /// Numbers a step.
  public var width: Int
  /// Last steps whose outputs are averaged to the answer.
  public var answerSteps: Int

  /// A size.
  public init(steps: Int, width: Int, answerSteps: Int) {
    self.steps = steps
    self.width = width
    self.answerSteps = answerSteps
  }
}
