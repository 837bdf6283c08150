import Glibc

/// A fixed piece of memory for numbers: zero at first, aligned to a cache line, and readable and
/// writable for 64 numbers past its end so that kernels may round up.
public final class Buffer<Element: BitwiseCopyable>: @unchecked Sendable {
  /// The first number.
  public let pointer: UnsafeMutablePointer<Element>
  /// How many numbers there are.
  public let count: Int
  private let raw: UnsafeMutableRawPointer

  /// Memory for `count` numbers.
  public init(count: Int) {
    precondition(count >= 0, "a buffer needs a size")
    let bytes = (count + 64) * MemoryLayout<Element>.stride
    // Much memory in huge pages, where the system has them: walking through it asks for fewer addresses.
    let hugePage = 1 << 21
    let isLarge = bytes >= 2 * hugePage
    raw = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? hugePage : 64)
    if isLarge { madvise(raw, bytes, Int32(MADV_HUGEPAGE)) }
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    pointer = raw.assumingMemoryBound(to: Element.self)
    self.count = count
  }

  /// Memory that begins with `values`.
  public convenience init(_ values: [Element]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: source.count) }
    }
  }

  deinit { raw.deallocate() }

  /// A copy of the numbers.
  public var array: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// Overwrites all numbers; `values` must be as many.
  public func assign(_ values: [Element]) {
    precondition(values.count == count, "\(values.count) numbers do not fill \(count)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  /// Sets all numbers to zero.
  public func clear() {
    UnsafeMutableRawPointer(pointer).initializeMemory(
      as: UInt8.self, repeating: 0, count: count * MemoryLayout<Element>.stride)
  }
}

/// A ``Buffer`` of Float32 numbers.
public typealias FloatBuffer = Buffer<Float>
