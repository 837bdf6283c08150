import CKernels
import Tensor

/// Exponentially distributed numbers of mean 1, −log(1 − u) of a stream's uniform numbers u with 53 bits,
/// made many at a time.
struct ExponentialDraws {
  private static let batch = UInt64(METARL_EXPONENTIALS)

  private let key: RandomKey
  private let numbers: Buffer<Double>
  /// How many numbers have been drawn.
  private var drawn: UInt64

  /// What follows in `stream`, of which an even number of words has been drawn.
  init(_ stream: RandomStream) {
    precondition(stream.position.isMultiple(of: 2), "a number takes two words")
    key = stream.key
    numbers = Buffer(count: Int(METARL_EXPONENTIALS))
    drawn = stream.position / 2
    fill()
  }

  /// The stream after the words drawn.
  var stream: RandomStream { RandomStream(key: key, position: 2 * drawn) }

  /// The next number.
  mutating func next() -> Double {
    let place = drawn % Self.batch
    if place == 0 { fill() }
    drawn += 1
    return numbers.pointer[Int(place)]
  }

  private func fill() { metarl_exponentials(key.bits, drawn / Self.batch, numbers.pointer) }
}
