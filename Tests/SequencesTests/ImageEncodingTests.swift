import Configuration
import Foundation
import Sequences
import TestSupport
import Testing

/// How images become sequences.
@Suite struct ImageEncodingTests {
  private let files: ImageFiles
  private static let size = ImageFiles.height * ImageFiles.width

  init() throws { files = try ImageFiles() }

  private func examples(
    _ options: String, count: Int = 3, split: DataSplit = .test, visit: Int = 0
  ) throws -> Examples {
    Examples(try namedTask(files.json(", " + options)), count: count, split: split, visit: visit)
  }

  private func pixels(_ image: Int) -> [Float] {
    (0..<Self.size).map { Float(ImageFiles.pixel(image, $0)) / 255 }
  }

  @Test func pixelsWithOffsetGreyAndMarker() throws {
    let examples = try examples(
      #""encoding": {"name": "pixels", "offset": -0.5, "greySteps": 3, "endMarker": true}"#)
    #expect(examples.task.specification.steps == Self.size + 4)
    for example in 0..<3 {
      let inputs = examples.inputs(example)
      #expect(Array(inputs[..<Self.size]) == pixels(example).map { $0 - 0.5 })
      #expect(Array(inputs[Self.size...]) == [0, 0, 0, 1])
      #expect(examples.answers(example) == [Self.size + 3])
    }
  }

  @Test func wholeImageInOneStep() throws {
    let examples = try examples(#""encoding": {"name": "image", "offset": -0.5}"#)
    #expect(examples.task.specification.steps == 1)
    #expect(examples.task.specification.inputWidth == Self.size)
    for example in 0..<3 {
      let shown = (0..<Self.size).map { examples.inputs(example, column: $0)[0] }
      #expect(shown == pixels(example).map { $0 - 0.5 })
      #expect(examples.answers(example) == [0])
    }
  }

  /// Each image has a number of grey rows of its own, the marker and the answer right after them.
  @Test func greyStepsThatVary() throws {
    let examples = try examples(
      #""encoding": {"name": "rows", "offset": -0.5, "greySteps": 5, "endMarker": true,"#
        + #" "variesGreySteps": true}"#)
    var ends = Set<Int>()
    for seed in 0..<40 as Range<UInt64> {
      let examples = Examples(examples.task, count: 3, seed: seed)
      for example in 0..<3 {
        let answer = try #require(examples.answers(example).first)
        ends.insert(answer)
        for column in 0..<6 {
          let inputs = examples.inputs(example, column: column)
          #expect(inputs[4..<answer].allSatisfy { $0 == 0 })
          #expect(inputs[answer] == 1)
          #expect(inputs[(answer + 1)...].allSatisfy { $0 == 0 })
        }
      }
    }
    #expect(ends == [4, 5, 6, 7, 8])
    #expect(examples.task.specification.steps == 9)
    #expect(throws: ConfigurationError.self) {
      try self.examples(
        #""encoding": {"name": "rows", "greySteps": 5, "variesGreySteps": true}"#)
    }
  }

  /// From the definition, channel by channel.
  @Test(arguments: [1, 2]) func thresholdCrossings(repeats: Int) throws {
    let examples = try examples(
      #""encoding": {"name": "threshold-crossing", "thresholds": 6, "repeats": \#(repeats),"#
        + #" "cueSteps": 5, "answerSteps": 4}"#)
    let steps = Self.size * repeats
    #expect(examples.task.specification.inputWidth == 12)
    #expect(examples.task.specification.averagesRuns)
    for example in 0..<3 {
      let p = pixels(example).flatMap { Array(repeating: $0, count: repeats) }
      for step in 0..<steps + 5 {
        for index in 0..<5 {
          let theta = Float(index) / 5
          let crossesUp = step + 1 < steps && p[step] < theta && theta <= p[step + 1]
          let crossesDown = step + 1 < steps && p[step] >= theta && theta > p[step + 1]
          let input = examples.batch[example].input(step)
          #expect(input[2 * index] == (crossesUp ? 1 : 0))
          #expect(input[2 * index + 1] == (crossesDown ? 1 : 0))
        }
        let input = examples.batch[example].input(step)
        #expect(input[10] == (step < steps && p[step] == 1 ? 1 : 0))
        #expect(input[11] == (step < steps ? 0 : 1))
      }
      #expect(examples.answers(example) == Array(steps + 1..<steps + 5))
    }
  }

  @Test func rateCode() throws {
    let options = #""encoding": {"name": "rate", "steps": 4000, "maximum": 0.5, "silentSteps": 3}"#
    let examples = try examples(options, count: 1)
    for pixel in [0, 3, 11, 23] {
      let spikes = examples.inputs(0, column: pixel)
      #expect(spikes[..<3].allSatisfy { $0 == 0 })
      #expect(spikes.allSatisfy { $0 == 0 || $0 == 1 })
      let probability = 0.5 * Double(pixels(0)[pixel])
      let error = Double(spikes.reduce(0, +)) / 4000 - probability
      #expect(abs(error) <= 4 * (probability * (1 - probability) / 4000).squareRoot())
    }
    #expect(examples.answers(0) == Array(3..<4003))
    let again = try self.examples(options, count: 1, visit: 1)
    #expect(again.inputs(0, column: 11) != examples.inputs(0, column: 11), "new spikes each time")
  }

  @Test func latencyCode() throws {
    let examples = try examples(
      #""encoding": {"name": "latency", "steps": 11, "threshold": 0.3}"#)
    for pixel in 0..<Self.size {
      let grey = pixels(0)[pixel]
      let steps = examples.steps.filter { examples.inputs(0, column: pixel)[$0] > 0 }
      #expect(steps == (grey < 0.3 ? [] : [Int((10 * (1 - grey)).rounded())]))
    }
  }

  @Test func pixelOrders() throws {
    func shown(_ options: String, example: Int = 0) throws -> [Int] {
      let inputs = try examples(#""encoding": "pixels", "# + options).inputs(example)
      let all = pixels(example)
      return inputs.map { value in all.firstIndex(of: value) ?? -1 }
    }
    // With bits of 24 pixels reversed: 5 bits, numbers from 24 on left out.
    #expect(
      try shown(#""order": "bitReversed""#) == [
        0, 16, 8, 4, 20, 12, 2, 18, 10, 6, 22, 14, 1, 17, 9, 5, 21, 13, 3, 19, 11, 7, 23, 15,
      ])
    let permuted = try shown(#""order": "permutedPixels""#)
    #expect(permuted.sorted() == Array(0..<24) && permuted != Array(0..<24))
    #expect(try shown(#""order": "permutedPixels""#, example: 2) == permuted, "one order for all")
    #expect(try shown(#""order": "permutedPixels", "orderSeed": 1"#) != permuted)
    let rows = try shown(#""order": "permutedRows", "orderSeed": 3"#)
    #expect(rows.sorted() == Array(0..<24) && rows != Array(0..<24))
    for row in 0..<4 {
      let part = Array(rows[row * 6..<(row + 1) * 6])
      #expect(part[0] % 6 == 0 && part == Array(part[0]..<part[0] + 6))
    }
  }

  @Test func pooling() throws {
    let examples = try examples(#""pooling": 2"#)
    #expect(examples.task.specification.steps == 2 && examples.task.specification.inputWidth == 3)
    let corner = [0, 1, 6, 7].reduce(0) { $0 + Int(ImageFiles.pixel(0, $1)) }
    #expect(examples.inputs(0)[0] == Float((Double(corner) / 4).rounded()) / 255)
    #expect(throws: ConfigurationError.self) { try self.examples(#""pooling": 5"#) }
  }

  @Test func anAnswerLongerThanTheSequenceIsRefused() {
    #expect(throws: ConfigurationError.self) {
      try examples(#""encoding": {"name": "rows", "answerSteps": 5}"#)
    }
  }
}
