import CKernels
import Tensor

extension Shard {
  /// Draws the noise of all steps.
  ///
  /// The number of a step, row and column depends on `key` and the row of the whole batch, not on how the
  /// batch is divided.
  ///
  /// - Parameters:
  ///   - key: another one for every training step.
  ///   - firstRow: the row of the whole batch that is this shard's first.
  public func drawNoise(_ key: RandomKey, firstRow: Int) {
    for port in noises {
      guard let noise = port.noise else { continue }
      let bits = (key / port.name).bits
      let (first, count) = (input(port.name), Int64(port.width))
      for step in 0..<steps {
        for row in 0..<rows {
          let place = first + (step * rows + row) * port.width
          let number = UInt64(step) << 32 | UInt64(firstRow + row)
          switch noise {
          case .mask(let probability):
            metarl_two_valued_numbers(bits, number, count, Self.bound(1 - probability), 0, 1, place)
          case .dropout(let rate):
            metarl_two_valued_numbers(
              bits, number, count, Self.bound(rate), 0, 1 / (1 - rate), place)
          case .normal(let deviation):
            metarl_normal_numbers(bits, number, 0, count, place)
            for column in 0..<port.width { place[column] *= deviation }
          }
        }
      }
    }
  }

  /// Sets all noise to its expected value.
  func quietNoise() {
    for port in noises {
      guard let noise = port.noise else { continue }
      input(port.name).update(repeating: noise.mean, count: steps * rows * port.width)
    }
  }

  /// `probability` as a bound of 32 random bits.
  private static func bound(_ probability: Float) -> UInt64 {
    UInt64((Double(probability) * 0x1p32).rounded())
  }
}
