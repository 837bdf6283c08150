import Configuration

/// Bytes that are not a safetensors file, or not one that can be trusted.
public struct SafetensorsError: Error, CustomStringConvertible, Equatable {
  /// What is wrong.
  public let description: String
}

/// The safetensors format: an 8-byte little-endian header length, a JSON header
/// `{name: {dtype, shape, data_offsets}, "__metadata__": {…}}`, and the numbers.
///
/// The writer sorts names and aligns the numbers to 8 bytes, so equal tensors give equal bytes. The
/// reader trusts nothing: it checks sizes, types, shapes, overflow, gaps and overlaps.
public struct Safetensors: Sendable, Equatable {
  /// The tensors by name.
  public var tensors: [String: ArchivedTensor]
  /// Free texts by name.
  public var metadata: [String: String]

  /// The largest header that is read, as in the reference implementation.
  public static let maximumHeaderBytes = 100_000_000

  /// A file of `tensors`.
  public init(tensors: [String: ArchivedTensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  // MARK: Writing

  /// The file. The same tensors and metadata always give the same bytes.
  public var bytes: [UInt8] {
    var members: [JSONValue.Member] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }
      members.append(
        .init("__metadata__", .object(texts.map { .init($0.key, .string($0.value)) })))
    }
    // Wider numbers first, so that every tensor is aligned to the size of its numbers.
    let ordered = tensors.sorted { a, b in
      (b.value.type.size, a.key) < (a.value.type.size, b.key)
    }
    var offset = 0
    for (name, tensor) in ordered {
      let end = offset + tensor.bytes.count
      members.append(
        .init(
          name,
          .object([
            .init("dtype", .string(tensor.type.rawValue)),
            .init("shape", .array(tensor.shape.map { .number($0) })),
            .init("data_offsets", .array([.number(offset), .number(end)])),
          ])))
      offset = end
    }
    var header = Array(JSONValue.object(members).compact.utf8)
    header.append(
      contentsOf: Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8))
    var file: [UInt8] = []
    file.reserveCapacity(8 + header.count + offset)
    for shift in stride(from: 0, to: 64, by: 8) {
      file.append(UInt8(truncatingIfNeeded: UInt64(header.count) >> UInt64(shift)))
    }
    file.append(contentsOf: header)
    for (_, tensor) in ordered { file.append(contentsOf: tensor.bytes) }
    return file
  }

  // MARK: Reading

  /// Reads a file.
  ///
  /// - Throws: ``SafetensorsError`` for anything that is not exactly a safetensors file.
  public init(bytes: [UInt8]) throws {
    guard bytes.count >= 8 else { throw SafetensorsError(description: "shorter than 8 bytes") }
    var length: UInt64 = 0
    for index in 0..<8 { length |= UInt64(bytes[index]) << UInt64(8 * index) }
    guard length <= UInt64(Self.maximumHeaderBytes), Int(length) <= bytes.count - 8 else {
      throw SafetensorsError(description: "the header claims \(length) bytes")
    }
    let header = Array(bytes[8..<8 + Int(length)])
    let data = bytes[(8 + Int(length))...]
    let json: JSONValue
    do {
      json = try JSONValue(
        parsing: header, maximumDepth: 8, maximumBytes: Self.maximumHeaderBytes)
    } catch let error as JSONSyntaxError {
      throw SafetensorsError(description: "the header is not JSON: \(error.problem)")
    }
    guard case .object(let members) = json else {
      throw SafetensorsError(description: "the header is \(json.kind)")
    }
    tensors = [:]
    metadata = [:]
    var spans: [(range: Range<Int>, name: String)] = []
    for member in members {
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value)
        continue
      }
      let entry = try HeaderEntry(member, dataCount: data.count)
      spans.append((entry.range, member.key))
      let start = data.startIndex + entry.range.lowerBound
      tensors[member.key] = ArchivedTensor(
        type: entry.type, shape: entry.shape, bytes: Array(data[start..<start + entry.range.count]))
    }
    var end = 0
    for span in spans.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard span.range.lowerBound == end || span.range.isEmpty else {
        let fault = span.range.lowerBound < end ? "overlaps another tensor" : "follows a gap"
        throw SafetensorsError(description: "the data of \(span.name) \(fault)")
      }
      end = max(end, span.range.upperBound)
    }
    guard end == data.count else {
      throw SafetensorsError(description: "\(data.count - end) bytes belong to no tensor")
    }
  }

  private static func metadata(_ json: JSONValue) throws -> [String: String] {
    guard case .object(let members) = json else {
      throw SafetensorsError(description: "__metadata__ is \(json.kind)")
    }
    var texts: [String: String] = [:]
    for member in members {
      guard case .string(let text) = member.value else {
        throw SafetensorsError(description: "__metadata__ \(member.key) is \(member.value.kind)")
      }
      texts[member.key] = text
    }
    return texts
  }
}

/// One checked entry of a header.
private struct HeaderEntry {
  let type: ArchivedTensor.ScalarType
  let shape: [Int]
  let range: Range<Int>

  init(_ member: JSONValue.Member, dataCount: Int) throws {
    func fault(_ text: String) -> SafetensorsError {
      SafetensorsError(description: "\(member.key): \(text)")
    }
    guard case .object(let entries) = member.value, entries.count == 3 else {
      throw fault("the entry is not {dtype, shape, data_offsets}")
    }
    guard case .string(let typeName)? = member.value["dtype"],
      let type = ArchivedTensor.ScalarType(rawValue: typeName)
    else { throw fault("the dtype is missing or unknown") }
    guard let shape = Self.sizes(member.value["shape"]) else { throw fault("the shape is broken") }
    guard let offsets = Self.sizes(member.value["data_offsets"]), offsets.count == 2,
      offsets[0] <= offsets[1], offsets[1] <= dataCount
    else { throw fault("the data offsets are broken or beyond the end of the file") }
    var count = type.size
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw fault("the shape overflows") }
      count = product
    }
    guard count == offsets[1] - offsets[0] else {
      throw fault("the shape needs \(count) bytes, the data has \(offsets[1] - offsets[0])")
    }
    self.type = type
    self.shape = shape
    range = offsets[0]..<offsets[1]
  }

  /// A list of sizes of 0 or more, nil for anything else.
  private static func sizes(_ json: JSONValue?) -> [Int]? {
    guard case .array(let elements)? = json, elements.count <= 64 else { return nil }
    var sizes: [Int] = []
    for element in elements {
      guard case .number(let text) = element, let size = Int(text), size >= 0 else { return nil }
      sizes.append(size)
    }
    return sizes
  }
}
