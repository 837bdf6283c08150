import Glibc

/// A reproducible sequence of random numbers: a key and a position.
///
/// The state is a value: copy it to branch, encode it to store it in a checkpoint.
public struct RandomStream: RandomNumberGenerator, Sendable, Hashable, Codable {
  /// The key that names the stream.
  public let key: RandomKey
  /// How many 32-bit words have been drawn.
  public private(set) var position: UInt64

  @usableFromInline var words: SIMD4<UInt32>

  /// The stream of `key`, after `position` drawn words.
  public init(key: RandomKey, position: UInt64 = 0) {
    self.key = key
    self.position = position
    words = Philox.block(low: position >> 2, high: 0, key: key.bits)
  }

  /// 32 uniform bits.
  public mutating func next32() -> UInt32 {
    let lane = Int(position & 3)
    if lane == 0 { words = Philox.block(low: position >> 2, high: 0, key: key.bits) }
    position &+= 1
    return words[lane]
  }

  /// 64 uniform bits.
  public mutating func next() -> UInt64 {
    let low = UInt64(next32())
    return low | UInt64(next32()) << 32
  }

  /// A number uniform in [0, 1) with 24 random bits.
  public mutating func uniform() -> Float {
    Float(next32() >> 8) * 0x1p-24
  }

  /// A number uniform from `low` to `high`, which rounding may give too.
  public mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * uniform()
  }

  /// A number uniform in [0, 1) with 53 random bits.
  public mutating func uniformDouble() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A number uniform from `low` to `high`, which rounding may give too.
  public mutating func uniformDouble(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniformDouble()
  }

  /// A standard normal number (Box–Muller, one value per pair of words).
  public mutating func normal() -> Float {
    let u1 = (Double(next32()) + 1) * 0x1p-32
    let u2 = Double(next32()) * 0x1p-32
    return Float((-2 * log(u1)).squareRoot() * cos(2 * .pi * u2))
  }

  /// A standard normal number cut at two standard deviations by redrawing.
  public mutating func truncatedNormal() -> Float {
    while true {
      let value = normal()
      if abs(value) <= 2 { return value }
    }
  }

  /// A number of the gamma distribution with this shape and scale 1 (Marsaglia & Tsang 2000).
  public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0, "a gamma distribution needs a positive shape")
    if shape < 1 {
      let larger = gamma(shape: shape + 1)
      return larger * pow((Double(next32()) + 1) * 0x1p-32, 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = Double(normal())
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      let u = (Double(next32()) + 1) * 0x1p-32
      if log(u) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// A number of the beta distribution, within [0, 1].
  public mutating func beta(_ a: Double, _ b: Double) -> Double {
    let x = gamma(shape: a)
    return x / (x + gamma(shape: b))
  }

  /// A whole number uniform in 0..<bound, without modulo bias.
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "integer(below:) needs a positive bound")
    return Int(next(upperBound: UInt64(bound)))
  }

  /// A random order of 0..<count (Fisher–Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order: [Int] = []
    permute(count, into: &order)
    return order
  }

  /// Replaces `order` by a random order of 0..<count, in the memory that it has.
  public mutating func permute(_ count: Int, into order: inout [Int]) {
    order.removeAll(keepingCapacity: true)
    order.append(contentsOf: 0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(i, integer(below: i + 1))
    }
  }

  private enum CodingKeys: String, CodingKey { case key, position }

  /// Reads the key and the position.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      key: RandomKey(bits: try container.decode(UInt64.self, forKey: .key)),
      position: try container.decode(UInt64.self, forKey: .position))
  }

  /// Writes the key and the position.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(key.bits, forKey: .key)
    try container.encode(position, forKey: .position)
  }

  /// Two streams are equal when they will draw the same numbers.
  public static func == (a: Self, b: Self) -> Bool {
    a.key == b.key && a.position == b.position
  }

  /// Hashes what equality compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    hasher.combine(position)
  }
}
