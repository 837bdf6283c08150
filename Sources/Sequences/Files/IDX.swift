/// Numbers of one byte in any number of dimensions: the IDX format of the MNIST files, plain or
/// compressed by gzip.
///
/// ```
/// 0 0  type  n      type 8: unsigned bytes; n dimensions
/// size₁ … sizeₙ     big-endian, 32 bits each
/// numbers           the last dimension runs fastest
/// ```
///
/// Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".
struct IDX: Equatable {
  /// How many numbers each dimension has.
  let sizes: [Int]
  /// The numbers.
  let values: [UInt8]

  /// Larger files are refused.
  static let maximumCount = 1 << 31

  /// Reads a file with `dimensions` dimensions.
  ///
  /// - Throws: ``DataSetError`` for anything but a whole file of that format.
  init(contentsOf path: String, dimensions: Int) throws {
    let reader = try ByteReader(path)
    let magic = try reader.bytes(4)
    guard magic[0] == 0, magic[1] == 0 else {
      throw DataSetError.damaged(path, "is not an IDX file")
    }
    guard magic[2] == 8 else {
      throw DataSetError.damaged(
        path, "holds numbers of type \(magic[2]), not unsigned bytes (type 8)")
    }
    guard magic[3] == dimensions else {
      throw DataSetError.damaged(path, "has \(magic[3]) dimensions instead of \(dimensions)")
    }
    var (sizes, count) = ([Int](), 1)
    for _ in 0..<dimensions {
      let size = Int(try reader.bigEndian32())
      sizes.append(size)
      let (product, overflows) = count.multipliedReportingOverflow(by: size)
      guard !overflows, product <= Self.maximumCount else {
        throw DataSetError.damaged(
          path, "promises more than \(Self.maximumCount) numbers, which nobody believes")
      }
      count = product
    }
    values = try reader.bytes(count)
    try reader.requireEnd()
    self.sizes = sizes
  }
}
