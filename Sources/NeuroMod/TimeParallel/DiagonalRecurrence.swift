import Tensor

/// A diagonal linear recurrence of complex numbers, such as that of an ``LRU``, for all steps of a
/// sequence at once, by an associative scan.
///
/// ```
/// s(t) = a(t) ⊙ s(t − 1) + b(t),  s(−1) = 0
/// (A₂, B₂) ∘ (A₁, B₁) = (A₂ A₁, A₂ B₁ + B₂)
/// ```
///
/// Chunks of time begin with 0 and run side by side. The operation ∘ then joins them, and each chunk
/// is given what the one before it ended with, multiplied by the factors since.
///
/// Which bits are certain, for finite numbers that are not subnormal and a zero's sign aside:
/// * Chunks have one length, so the number of threads changes no bit.
/// * The first ``chunkLength`` states are those of the form step by step, with every product and sum
///   rounded. Later ones differ by the rounding of sums in another order. An executor rounds a
///   product and the sum with it once, so all of its states differ by rounding.
/// * Where all factors are 0 or 1 and increments are 0 wherever the factor is 1, as in a hysteresis,
///   nothing is rounded, and all states are those of the form step by step.
public enum DiagonalRecurrence {
  /// A complex number.
  public struct Complex: Sendable, Equatable, BitwiseCopyable {
    /// The real part.
    public var real: Float
    /// The imaginary part.
    public var imaginary: Float

    /// A complex number.
    public init(_ real: Float, _ imaginary: Float = 0) {
      (self.real, self.imaginary) = (real, imaginary)
    }

    /// The sum.
    public static func + (a: Self, b: Self) -> Self {
      Self(a.real + b.real, a.imaginary + b.imaginary)
    }

    /// The product.
    public static func * (a: Self, b: Self) -> Self {
      Self(
        a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
    }
  }

  /// What several steps do to a state: s ↦ `factor` · s + `increment`.
  private struct AffineMap: BitwiseCopyable {
    var factor = Complex(1)
    var increment = Complex(0)

    /// What `earlier` does, and then what `later` does.
    static func joining(_ later: Self, _ earlier: Self) -> Self {
      Self(
        factor: later.factor * earlier.factor,
        increment: later.factor * earlier.increment + later.increment)
    }
  }

  /// Steps of a chunk.
  public static var chunkLength: Int { TimeChunks.length }

  /// The states after each step, `[steps × width]`.
  ///
  /// - Parameters:
  ///   - factors: a: one row for all steps, or a row for each.
  ///   - increments: b, `[steps × width]`.
  ///   - width: numbers in a row.
  ///   - pool: the threads.
  public static func states(
    factors: [Complex], increments: [Complex], width: Int, on pool: ThreadPool
  ) -> [Complex] {
    precondition(width > 0 && increments.count % width == 0, "each step has a row of increments")
    precondition(
      factors.count == width || factors.count == increments.count,
      "factors are one row for all steps, or a row for each")
    let chunks = TimeChunks(steps: increments.count / width)
    let stride = factors.count == increments.count ? width : 0
    return [Complex](count: increments.count) { states in
      var maps = [AffineMap](count: chunks.count * width) { maps in
        pool.run(chunks.count) { chunk in
          for unit in 0..<width {
            var map = AffineMap()
            for step in chunks.steps(of: chunk) {
              let place = step * width + unit
              let next = AffineMap(
                factor: factors[step * stride + unit], increment: increments[place])
              map = .joining(next, map)
              states[place] = map.increment
            }
            maps[chunk * width + unit] = map
          }
        }
      }
      for place in maps.indices.dropFirst(width) {
        maps[place] = .joining(maps[place], maps[place - width])
      }
      let ends = maps
      pool.run(chunks.count) { chunk in
        guard chunk > 0 else { return }
        for unit in 0..<width {
          var carried = ends[(chunk - 1) * width + unit].increment
          for step in chunks.steps(of: chunk) {
            let place = step * width + unit
            carried = factors[step * stride + unit] * carried
            states[place] = states[place] + carried
          }
        }
      }
    }
  }
}
