import Testing

import Tensor

@Suite struct RandomTests {
  /// Known answers published with the Philox paper's reference code (Random123 kat_vectors).
  @Test func philoxMatchesPublishedAnswers() {
    #expect(
      Philox.block(counter: .zero, key: .zero)
        == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
    #expect(
      Philox.block(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
    #expect(
      Philox.block(
        counter: SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344),
        key: SIMD2(0xA409_3822, 0x299F_31D0))
        == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
  }

  @Test func streamContinuesFromItsPosition() {
    var stream = (RandomKey(seed: 3) / "environment" / 5).stream()
    for _ in 0..<7 { _ = stream.next32() }
    var continued = RandomStream(key: stream.key, position: stream.position)
    for _ in 0..<9 { #expect(stream.next32() == continued.next32()) }
  }

  @Test func pathsNameUnrelatedStreams() {
    let root = RandomKey(seed: 0)
    let keys = [
      root, root / "a", root / "b", root / 0, root / 1, root / "a" / 0, root / 0 / "a",
      RandomKey(seed: .max),
    ]
    #expect(Set(keys).count == keys.count)
    let words = keys.map { key -> [UInt64] in
      var stream = key.stream()
      return (0..<64).map { _ -> UInt64 in stream.next() }
    }
    #expect(Set(words.joined()).count == keys.count * 64)
    // Of 4096 bits of two streams half differ, give or take five standard deviations of 32.
    for (index, stream) in words.enumerated() {
      for other in words[..<index] {
        let differing = zip(stream, other).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
        #expect(abs(differing - 2048) < 160)
      }
    }
  }

  /// Of numbers uniform between low and high the standard deviation is (high − low) / √12.
  @Test func uniformNumbersFillTheirRange() throws {
    var stream = (RandomKey(seed: 2) / "uniform").stream()
    let numbers = (0..<100_000).map { _ in stream.uniform(-2, 5) }
    #expect(numbers.allSatisfy { (-2...5).contains($0) })
    let low = try #require(numbers.min())
    let high = try #require(numbers.max())
    #expect(low < -1.999 && high > 4.999)
    let mean = numbers.reduce(0) { $0 + Double($1) } / 100_000
    #expect(abs(mean - 1.5) < 5 * 7 / (12 * 100_000.0).squareRoot())
  }

  @Test func integersAreAllEquallyFrequent() {
    var stream = (RandomKey(seed: 2) / "integer").stream()
    var counts = Array(repeating: 0, count: 7)
    for _ in 0..<70_000 {
      let number = stream.integer(below: 7)
      guard counts.indices.contains(number) else {
        Issue.record("\(number) is not below 7")
        continue
      }
      counts[number] += 1
    }
    for count in counts { #expect(abs(Double(count) - 10_000) < 5 * (60_000.0 / 7).squareRoot()) }
    #expect(stream.integer(below: 1) == 0)
  }

  /// The remainder of 64 bits would fall into the lower two thirds of this range three times out of four.
  @Test func integersOfALargeRangeAreNotBiased() {
    var stream = (RandomKey(seed: 2) / "large").stream()
    let bound = 3 << 61
    let low = (0..<10_000).count { _ in stream.integer(below: bound) < bound / 3 * 2 }
    #expect(abs(Double(low) / 10_000 - 2.0 / 3) < 5 * (2.0 / 9 / 10_000).squareRoot())
  }

  @Test func momentsOfUniformAndNormal() {
    var stream = RandomKey(seed: 11).stream()
    let count = 200_000
    var (sum, squares, uniforms) = (0.0, 0.0, 0.0)
    for _ in 0..<count {
      let x = Double(stream.normal())
      sum += x
      squares += x * x
      uniforms += Double(stream.uniform())
    }
    #expect(abs(sum / Double(count)) < 0.01)
    #expect(abs(squares / Double(count) - 1) < 0.02)
    #expect(abs(uniforms / Double(count) - 0.5) < 0.005)
  }

  @Test func permutationHoldsEveryIndexOnce() {
    var stream = RandomKey(seed: 1).stream()
    #expect(stream.permutation(100).sorted() == Array(0..<100))
    #expect(stream.permutation(0).isEmpty)
  }

  @Test(arguments: [0.03, 0.5, 1, 4.5]) func gammaNumbersHaveTheirMoments(_ shape: Double) {
    var stream = (RandomKey(seed: 6) / "gamma").stream()
    let numbers = (0..<100_000).map { _ in stream.gamma(shape: shape) }
    let mean = numbers.reduce(0, +) / 100_000
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
    #expect(abs(mean - shape) < 5 * (shape / 100_000).squareRoot())
    #expect(abs(variance / shape - 1) < 0.1)
    #expect(numbers.allSatisfy { $0 >= 0 && $0.isFinite })
  }

  /// Mean a / (a + b), variance a b / ((a + b)² (a + b + 1)).
  @Test func betaNumbersHaveTheirMoments() {
    var stream = (RandomKey(seed: 7) / "beta").stream()
    let numbers = (0..<100_000).map { _ in stream.beta(2, 3) }
    let mean = numbers.reduce(0, +) / 100_000
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
    #expect(abs(mean - 0.4) < 0.004 && abs(variance / 0.04 - 1) < 0.03)
  }
}
