import Foundation
import TestSupport

/// A small data set in the files of MNIST.
struct ImageFiles {
  let scratch: Scratch
  static let (height, width) = (4, 6)

  /// Images whose pixels tell their place: image i, pixel p is 9 i + p.
  init(training: Int = 7, test: Int = 3) throws {
    scratch = try Scratch()
    for (prefix, count) in [("train", training), ("t10k", test)] {
      try write(Self.images(count), to: "\(prefix)-images-idx3-ubyte")
      try write(Self.labels(count), to: "\(prefix)-labels-idx1-ubyte")
    }
  }

  func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: scratch[name]))
  }

  /// Replaces a file by what gzip makes of it.
  func compress(_ name: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = [scratch[name]]
    try process.run()
    process.waitUntilExit()
  }

  static func pixel(_ image: Int, _ place: Int) -> UInt8 { UInt8((9 * image + 10 * place) % 256) }

  static func label(_ image: Int) -> UInt8 { UInt8(image * 3 % 10) }

  static func images(_ count: Int) -> [UInt8] {
    header(3, [count, height, width])
      + (0..<count * height * width).map { pixel($0 / (height * width), $0 % (height * width)) }
  }

  static func labels(_ count: Int) -> [UInt8] { header(1, [count]) + (0..<count).map(label) }

  static func header(_ dimensions: UInt8, _ sizes: [Int], type: UInt8 = 8) -> [UInt8] {
    [0, 0, type, dimensions]
      + sizes.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } }
  }

  /// The task on these files with more options.
  func json(_ options: String = "") -> String {
    #"{"name": "mnist", "data": "\#(scratch.path)", "examples": {"validation": 2}\#(options)}"#
  }
}
