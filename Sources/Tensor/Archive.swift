/// A named array of numbers inside an ``Archive``.
public struct ArchivedTensor: Sendable, Equatable {
  /// The number types that archives carry, named as safetensors names them.
  public enum ScalarType: String, Sendable, CaseIterable {
    /// Floating-point numbers of 32 bits.
    case float32 = "F32"
    /// Floating-point numbers of 64 bits.
    case float64 = "F64"
    /// Whole numbers of 32 bits with a sign.
    case int32 = "I32"
    /// Whole numbers of 64 bits with a sign.
    case int64 = "I64"
    /// Whole numbers of 8 bits without a sign.
    case uint8 = "U8"

    /// Bytes of one number.
    public var size: Int {
      switch self {
      case .float32, .int32: 4
      case .float64, .int64: 8
      case .uint8: 1
      }
    }
  }

  /// The number type.
  public let type: ScalarType
  /// The extent along each axis, outermost first.
  public let shape: [Int]
  /// The numbers, little-endian, row-major.
  public let bytes: [UInt8]

  /// A tensor over raw bytes. The byte count must be that of `shape`.
  public init(type: ScalarType, shape: [Int], bytes: [UInt8]) {
    precondition(bytes.count == shape.reduce(type.size, *), "byte count does not fit the shape")
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// A Float32 tensor.
  public init(_ values: some Collection<Float>, shape: [Int]? = nil) {
    let array = Array(values)
    self.init(
      type: .float32, shape: shape ?? [array.count], bytes: array.withUnsafeBytes(Array.init))
  }

  /// A Float64 tensor.
  public init(_ values: some Collection<Double>, shape: [Int]? = nil) {
    let array = Array(values)
    self.init(
      type: .float64, shape: shape ?? [array.count], bytes: array.withUnsafeBytes(Array.init))
  }

  /// An Int64 tensor.
  public init(_ values: some Collection<Int64>, shape: [Int]? = nil) {
    let array = Array(values)
    self.init(type: .int64, shape: shape ?? [array.count], bytes: array.withUnsafeBytes(Array.init))
  }

  /// The numbers as Float32, or nil where the type is another.
  public var floats: [Float]? { type == .float32 ? reinterpret() : nil }
  /// The numbers as Float64, or nil where the type is another.
  public var doubles: [Double]? { type == .float64 ? reinterpret() : nil }
  /// The numbers as Int64, or nil where the type is another.
  public var integers: [Int64]? { type == .int64 ? reinterpret() : nil }

  private func reinterpret<Scalar: BitwiseCopyable>() -> [Scalar] {
    let count = bytes.count / MemoryLayout<Scalar>.stride
    return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      initialized = count
    }
  }
}

/// Everything the future of a run depends on, as named tensors and small encoded values.
///
/// A trainer fills one in `save(into:)` and reads it in `restore(from:)`; the checkpoint writer
/// turns it into files. Names are paths such as `policy/optimizer/firstMoment`.
public struct Archive: Sendable, Equatable {
  /// The file of a checkpoint that a tensor goes to.
  public enum Section: String, Sendable, CaseIterable {
    case weights
    case optimizer
    case state
  }

  /// Tensors by section and name.
  public private(set) var tensors: [Section: [String: ArchivedTensor]] = [:]
  /// Values encoded as JSON, by name.
  public private(set) var values: [String: [UInt8]] = [:]

  /// An empty archive.
  public init() {}

  /// Stores a tensor. Storing a name twice is a programming error.
  public mutating func store(_ tensor: ArchivedTensor, _ name: String, in section: Section) {
    let previous = tensors[section, default: [:]].updateValue(tensor, forKey: name)
    precondition(previous == nil, "the archive already holds a tensor named \(name)")
  }

  /// Stores a value's JSON. Storing a name twice is a programming error.
  public mutating func storeEncoded(_ json: [UInt8], _ name: String) {
    let previous = values.updateValue(json, forKey: name)
    precondition(previous == nil, "the archive already holds a value named \(name)")
  }

  /// The tensor of that name.
  ///
  /// - Throws: ``ArchiveError`` if there is none.
  public func tensor(_ name: String, in section: Section) throws -> ArchivedTensor {
    guard let tensor = tensors[section]?[name] else {
      throw ArchiveError(name: name, reason: "is missing from the \(section.rawValue)")
    }
    return tensor
  }

  /// The Float32 tensor of that name with exactly `count` finite or non-finite numbers.
  ///
  /// - Throws: ``ArchiveError`` if it is missing, of another type or of another size.
  public func floats(_ name: String, count: Int, in section: Section) throws -> [Float] {
    guard let floats = try tensor(name, in: section).floats else {
      throw ArchiveError(name: name, reason: "does not hold 32-bit floating-point numbers")
    }
    guard floats.count == count else {
      throw ArchiveError(name: name, reason: "holds \(floats.count) numbers where \(count) belong")
    }
    return floats
  }

  /// The JSON of the value of that name.
  ///
  /// - Throws: ``ArchiveError`` if there is none.
  public func encoded(_ name: String) throws -> [UInt8] {
    guard let json = values[name] else {
      throw ArchiveError(name: name, reason: "is missing from the stored state")
    }
    return json
  }
}

/// A stored state that does not fit what reads it.
public struct ArchiveError: Error, CustomStringConvertible, Equatable {
  /// The tensor or value.
  public let name: String
  /// What is wrong with it.
  public let reason: String

  /// An error about the entry `name`.
  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }

  /// One line for a person.
  public var description: String { "\(name) \(reason)" }
}
