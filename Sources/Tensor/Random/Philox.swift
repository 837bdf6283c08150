/// The Philox 4×32 generator with ten rounds: a keyed bijection of 128-bit counters.
///
/// Because a block depends only on the key and the counter, any draw can be reproduced without
/// replaying the ones before it, and streams with different keys never share a state.
///
/// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011.
public enum Philox {
  /// One block of four words for `counter` under `key`.
  @inlinable
  public static func block(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>
  ) -> SIMD4<UInt32> {
    var x = counter
    var k = key
    for round in 0..<10 {
      if round > 0 { k = k &+ SIMD2(0x9E37_79B9, 0xBB67_AE85) }
      let product0 = UInt64(0xD251_1F53) &* UInt64(x[0])
      let product1 = UInt64(0xCD9E_8D57) &* UInt64(x[2])
      x = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ x[1] ^ k[0],
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ x[3] ^ k[1],
        UInt32(truncatingIfNeeded: product0))
    }
    return x
  }

  /// One block for a 64-bit key and the two halves of a 128-bit counter.
  @inlinable
  public static func block(low: UInt64, high: UInt64, key: UInt64) -> SIMD4<UInt32> {
    block(
      counter: SIMD4(
        UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low >> 32),
        UInt32(truncatingIfNeeded: high), UInt32(truncatingIfNeeded: high >> 32)),
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)))
  }
}
