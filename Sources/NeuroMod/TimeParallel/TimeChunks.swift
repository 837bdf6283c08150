/// A sequence cut into chunks of one length, whatever the number of threads: what is computed chunk by
/// chunk has the same bits for any number of them.
struct TimeChunks {
  /// Steps of a chunk; the last one may have fewer.
  static let length = 256

  /// Steps of the sequence.
  let steps: Int

  /// Chunks.
  var count: Int { (steps + Self.length - 1) / Self.length }

  /// The steps of a chunk.
  func steps(of chunk: Int) -> Range<Int> {
    chunk * Self.length..<min((chunk + 1) * Self.length, steps)
  }
}

extension Array where Element: BitwiseCopyable {
  /// `count` elements, every one of which `body` writes.
  init(count: Int, writtenBy body: (UnsafeMutablePointer<Element>) -> Void) {
    self.init(unsafeUninitializedCapacity: count) { buffer, written in
      if let start = buffer.baseAddress { body(start) }
      written = count
    }
  }
}
