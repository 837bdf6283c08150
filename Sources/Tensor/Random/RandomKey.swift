/// The name of a random stream: a path such as `seed / "trial" / 17 / "environment" / 3`.
///
/// Two paths that differ anywhere give unrelated streams, and the stream of a path never depends on
/// which other streams exist or in which order they are used. There is no global generator.
///
/// ```swift
/// let key = RandomKey(seed: 7) / "environment" / 3
/// var stream = key.stream()
/// ```
public struct RandomKey: Hashable, Sendable, Codable {
  /// The path folded into 64 bits.
  public let bits: UInt64

  /// The root of all streams of one run.
  public init(seed: UInt64) {
    bits = Self.fold(0x4D65_7461_524C_0001, seed, kind: 0)
  }

  @usableFromInline
  init(bits: UInt64) { self.bits = bits }

  /// The key one named step below `key`.
  public static func / (key: RandomKey, name: String) -> RandomKey {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a, then mixed by Philox in `fold`
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    return RandomKey(bits: fold(key.bits, hash, kind: 1))
  }

  /// The key one numbered step below `key`.
  public static func / (key: RandomKey, index: Int) -> RandomKey {
    RandomKey(bits: fold(key.bits, UInt64(bitPattern: Int64(index)), kind: 2))
  }

  /// The stream this key names, at its beginning.
  public func stream() -> RandomStream { RandomStream(key: self) }

  private static func fold(_ key: UInt64, _ component: UInt64, kind: UInt64) -> UInt64 {
    let words = Philox.block(low: component, high: kind | (1 << 63), key: key)
    return UInt64(words[0]) | UInt64(words[1]) << 32
  }
}
