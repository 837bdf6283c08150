import Configuration
import Foundation
import Sequences
import Tensor
import TestSupport
import Testing

/// The files of MNIST, whole and hostile.
@Suite struct ImageFileTests {
  @Test(arguments: [[], ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"]])
  func readsPlainAndCompressedFiles(compressed: [String]) throws {
    let files = try ImageFiles()
    for name in compressed { try files.compress(name) }
    let task = try namedTask(files.json())
    #expect(task.specification.steps == 4 && task.specification.inputWidth == 6)
    #expect(
      task.specification.examples == ExampleCounts(training: 5, validation: 2, test: 3))
    for (split, first) in [(DataSplit.training, 0), (.validation, 5), (.test, 0)] {
      let examples = Examples(task, count: 2, split: split)
      for example in 0..<2 {
        for row in 0..<4 {
          for column in 0..<6 {
            let pixel = ImageFiles.pixel(first + example, row * 6 + column)
            #expect(examples.inputs(example, column: column)[row] == Float(pixel) / 255)
          }
        }
        #expect(examples.answers(example) == [3])
        #expect(examples.targets(example)[3] == Float(ImageFiles.label(first + example)))
      }
    }
  }

  private func failure(_ files: ImageFiles) throws -> DataSetError {
    try #require(throws: DataSetError.self) { try namedTask(files.json()) }
  }

  @Test(arguments: [
    ("train-images-idx3-ubyte", "ends 1 bytes too early"),
    ("t10k-labels-idx1-ubyte", "ends 1 bytes too early"),
  ])
  func truncatedFiles(name: String, problem: String) throws {
    let files = try ImageFiles()
    let bytes = try #require(files.scratch.bytes(name))
    try files.write(Array(bytes.dropLast()), to: name)
    let error = try failure(files)
    #expect(error.kind == .damaged && error.problem.contains(problem), "\(error)")
    #expect(error.problem.contains(files.scratch[name]))
  }

  @Test(arguments: [
    ("not IDX", [1, 0, 8, 3], "is not an IDX file"),
    ("floats", [0, 0, 13, 3], "type 13"),
    ("a matrix", [0, 0, 8, 2], "2 dimensions instead of 3"),
    ("nothing", [], "ends 4 bytes too early"),
    ("half a header", [0, 0, 8, 3, 0, 0], "too early"),
    (
      "more than there is memory",
      ImageFiles.header(3, [0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF]), "promises more than"
    ),
    ("a promise", ImageFiles.header(3, [1 << 16, 1 << 8, 1 << 6]), "too early"),
    ("too much", ImageFiles.images(7) + [0], "goes on after"),
    ("another number of images", ImageFiles.images(6), "has 7 labels for the 6 images"),
    ("no pixels", ImageFiles.header(3, [7, 0, 6]), "without pixels"),
  ])
  func hostileImages(name: String, bytes: [UInt8], problem: String) throws {
    let files = try ImageFiles()
    try files.write(bytes, to: "train-images-idx3-ubyte")
    let error = try failure(files)
    #expect(error.kind == .damaged && error.problem.contains(problem), "\(error)")
  }

  @Test func labelsBeyondTheClasses() throws {
    let files = try ImageFiles()
    try files.write(
      ImageFiles.header(1, [7]) + [0, 1, 2, 3, 10, 5, 6], to: "train-labels-idx1-ubyte")
    #expect(try failure(files).problem.contains("label 10"))
  }

  /// A bit that flips, and an end that is missing, in compressed files.
  @Test func damagedCompression() throws {
    let name = "train-images-idx3-ubyte"
    for damage in ["flip", "cut"] {
      let files = try ImageFiles()
      try files.compress(name)
      var bytes = try #require(files.scratch.bytes(name + ".gz"))
      if damage == "flip" { bytes[bytes.count - 6] ^= 1 } else { bytes.removeLast(12) }
      try files.write(bytes, to: name + ".gz")
      #expect(try failure(files).kind == .damaged)
    }
  }

  @Test func missingFilesAreExplained() throws {
    let error = try #require(throws: DataSetError.self) {
      try namedTask(#"{"name": "fashion-mnist", "data": "/nowhere/at-all"}"#)
    }
    #expect(error.kind == .missing)
    #expect(error.problem.contains("/nowhere/at-all"))
    #expect(error.remedy.contains("apt-get install dataset-fashion-mnist"))
    #expect(error.remedy.contains("task.data") && error.remedy.contains("METARL_DATA"))

    let files = try ImageFiles()
    try FileManager.default.removeItem(atPath: files.scratch["t10k-labels-idx1-ubyte"])
    let incomplete = try failure(files)
    #expect(incomplete.kind == .missing && incomplete.problem.contains("t10k-labels"))
  }

  @Test(arguments: [
    (#""training": 6, "validation": 2"#, "6 training and 2 validation"),
    (#""validation": 7"#, "do not fit a file of 7"), (#""validation": 2, "test": 4"#, "4 are more"),
  ])
  func splitsThatDoNotFit(splits: String, problem: String) throws {
    let files = try ImageFiles()
    let json =
      #"{"name": "mnist", "data": "\#(files.scratch.path)", "examples": {\#(splits)}}"#
    let error = #expect(throws: ConfigurationError.self) { try namedTask(json) }
    #expect(error?.problem.contains(problem) == true, "\(error as Any)")
  }

  private static let hasFashion = FileManager.default.fileExists(
    atPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz")

  /// What is known of Fashion-MNIST: its size, its equal classes, its mean, its first label.
  @Test(.enabled(if: hasFashion, "apt-get install dataset-fashion-mnist"))
  func fashion() throws {
    let task = try namedTask(#"{"name": "fashion-mnist", "examples": {"validation": 0}}"#)
    #expect(
      task.specification.examples == ExampleCounts(training: 60_000, validation: 0, test: 10_000))
    let batch = SequenceBatch(task.specification, rows: 1)
    var classes = [Int](repeating: 0, count: 10)
    var sum = 0.0
    for index in 0..<60_000 {
      task.write(ExampleRequest(index, of: .training, key: .init(seed: 0)), into: batch[0])
      let label = Int(batch.targets[27])
      if index == 0 { #expect(label == 9, "an ankle boot") }
      classes[label] += 1
      for pixel in 0..<784 { sum += Double(batch.inputs[pixel]) }
    }
    #expect(classes == [Int](repeating: 6000, count: 10))
    #expect(abs(sum / 60_000 / 784 - 0.2860) < 5e-5)
  }
}
