import Configuration
import Foundation

/// N-MNIST: MNIST digits seen by an event camera that makes three saccades of 100 ms. Events are gathered
/// into frames; the outputs of all steps are averaged to the answer.
///
/// The files are `Train/<digit>/<number>.bin` and `Test/<digit>/<number>.bin`. Examples are ordered by
/// their numbers, which are those of the MNIST images.
struct EventClassification: SequenceTask {
  /// The options.
  struct Options: Configurable {
    /// The directory of the files; empty to search the usual places.
    var data = ""
    /// Frames, and steps of a sequence.
    var steps = 30
    /// Milliseconds of a frame. Events after the last frame are left out.
    var stepMilliseconds = 10.0
    /// Whether brighter and darker have channels of their own.
    var separatesPolarities = true
    /// Whether a frame counts events, or says whether there were any.
    var countsEvents = false
    /// The splits.
    var examples = FileSplits()

    init() {}

    static var fields: [Field<Self>] {
      [
        .text("data", \.data, "Directory with Train and Test; empty to search the usual places."),
        .integer("steps", \.steps, in: 1...65_535, "Frames, and steps of a sequence."),
        .number(
          "stepMilliseconds", \.stepMilliseconds, in: 0.001...10_000, "Milliseconds of a frame."),
        .flag(
          "separatesPolarities", \.separatesPolarities,
          "Whether brighter and darker have channels of their own."),
        .flag(
          "countsEvents", \.countsEvents,
          "Whether a frame counts events, or says whether there were any."),
        .object("examples", \.examples, "Which examples are used for what."),
      ]
    }
  }

  static let name = "n-mnist"
  private static let (side, classes) = (34, 10)

  let specification: SequenceSpecification
  private let countsEvents: Bool
  private let recordings: [DataSplit: Recordings]

  /// Frames of many recordings, one behind the other.
  private struct Recordings {
    /// `step · 65536 + channel` of each event.
    var places: [UInt32] = []
    /// The first event of each recording, and the end of the last one.
    var starts = [0]
    var labels: [UInt8] = []
  }

  /// Reads the recordings.
  ///
  /// - Throws: ``DataSetError`` where files are missing or damaged, `ConfigurationError` where the
  ///   splits do not fit.
  init(_ options: Options) throws {
    let location = DataLocation(
      title: "N-MNIST", configured: options.data, directory: Self.name, systemDirectories: [],
      remedy: "Get Train.zip and Test.zip of N-MNIST and unpack them.")
    let directory = try location.directory(containing: ["Train"])
    _ = try location.path(of: ["Test"], in: directory)
    let (train, test) = (
      Self.files(in: directory + "/Train"), Self.files(in: directory + "/Test")
    )
    let ranges = try options.examples.ranges(training: train.count, test: test.count)
    recordings = try Dictionary(
      uniqueKeysWithValues: DataSplit.allCases.map { split in
        (split, try Self.read((split == .test ? test : train)[ranges[split]], options))
      })
    countsEvents = options.countsEvents
    specification = SequenceSpecification(
      name: Self.name, steps: options.steps,
      inputWidth: Self.side * Self.side * (options.separatesPolarities ? 2 : 1),
      outputWidth: Self.classes, loss: .crossEntropy, averagesRuns: true, examples: ranges.counts)
  }

  /// The recordings below a directory with their classes, ordered by number.
  private static func files(in directory: String) -> [(path: String, label: UInt8)] {
    let files = (0..<classes).flatMap { label -> [(name: String, label: UInt8)] in
      let names = try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(label)")
      return (names ?? []).filter { $0.hasSuffix(".bin") }.map { ($0, UInt8(label)) }
    }
    return files.sorted { ($0.name, $0.label) < ($1.name, $1.label) }
      .map { ("\(directory)/\($0.label)/\($0.name)", $0.label) }
  }

  private static func read(
    _ files: ArraySlice<(path: String, label: UInt8)>, _ options: Options
  ) throws -> Recordings {
    var result = Recordings()
    for (path, label) in files {
      let recording = try NMNISTRecording(contentsOf: path, height: side, width: side)
      for event in recording.events {
        let step = Int(Double(event.time) / (1000 * options.stepMilliseconds))
        guard step < options.steps else { continue }
        let polarity = options.separatesPolarities && event.isOn ? side * side : 0
        result.places.append(UInt32(step << 16 | (polarity + event.y * side + event.x)))
      }
      result.starts.append(result.places.count)
      result.labels.append(label)
    }
    return result
  }

  func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    guard let recordings = recordings[request.split] else { return }
    for place in recordings.places[
      recordings.starts[request.index]..<recordings.starts[request.index + 1]]
    {
      let input = slot.input(Int(place >> 16))
      let channel = Int(place & 0xFFFF)
      input[channel] = countsEvents ? input[channel] + 1 : 1
    }
    for step in 0..<specification.steps {
      slot.target(step)[0] = Float(recordings.labels[request.index])
      slot.setWeight(1, at: step)
    }
  }
}
