/// A value made of `Double`s alone, so that a batch can keep each of its numbers in a column.
///
/// ```swift
/// struct State: Columnar, Codable { var angle: Double; var spin: Double }
/// ```
///
/// Columns follow the stored properties in the order of their declaration.
public protocol Columnar: BitwiseCopyable, Sendable {}

extension Columnar {
  /// How many numbers a value has.
  @inlinable
  public static var columnCount: Int { MemoryLayout<Self>.size / MemoryLayout<Double>.size }

  /// The value whose number `k` stands at `column[k * stride]`.
  @inlinable
  static func read(from column: UnsafePointer<Double>, stride: Int) -> Self {
    withUnsafeTemporaryAllocation(of: Self.self, capacity: 1) { buffer in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      for number in 0..<columnCount {
        bytes.storeBytes(
          of: column[number * stride], toByteOffset: number * MemoryLayout<Double>.size,
          as: Double.self)
      }
      return bytes.load(as: Self.self)
    }
  }

  /// Writes number `k` to `column[k * stride]`.
  @inlinable
  func write(to column: UnsafeMutablePointer<Double>, stride: Int) {
    withUnsafeBytes(of: self) { bytes in
      for number in 0..<Self.columnCount {
        column[number * stride] = bytes.load(
          fromByteOffset: number * MemoryLayout<Double>.size, as: Double.self)
      }
    }
  }
}

extension OnlyTask: Columnar {}
