import Tensor
import Testing

@Suite struct SafetensorsTests {
  private static let sample = Safetensors(
    tensors: [
      "b/weights": ArchivedTensor([1, -2, 3.5, 0, .infinity, -0.0] as [Float], shape: [2, 3]),
      "a": ArchivedTensor([Int64.min, .max]),
      "scalar": ArchivedTensor([Double.pi], shape: []),
      "empty": ArchivedTensor([] as [Float], shape: [0, 4]),
      "ä \"quoted\"": ArchivedTensor(type: .uint8, shape: [3], bytes: [1, 2, 3]),
      "i": ArchivedTensor(type: .int32, shape: [1], bytes: [1, 0, 0, 0]),
    ],
    metadata: ["z": "last", "format": "metarl"])

  private static func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
    let length = UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
      + Array(header.utf8) + data
  }

  @Test func roundTrip() throws {
    let bytes = Self.sample.bytes
    #expect(try Safetensors(bytes: bytes) == Self.sample)
    #expect(try Safetensors(bytes: bytes).bytes == bytes)
    #expect(try Safetensors(bytes: Safetensors(tensors: [:]).bytes).tensors.isEmpty)
  }

  /// A file put together by hand after the published description of the format.
  @Test func readsAFileOfAnotherWriter() throws {
    let file = Self.file(
      #"{"t":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"__metadata__":{"a":"b"}}   "#,
      data: [0, 0, 128, 63, 0, 0, 0, 192])
    let read = try Safetensors(bytes: file)
    #expect(read.tensors["t"]?.floats == [1, -2])
    #expect(read.tensors["t"]?.shape == [1, 2])
    #expect(read.metadata == ["a": "b"])
  }

  @Test func writesTheFormatByteForByte() {
    let written = Safetensors(tensors: ["t": ArchivedTensor([1, -2] as [Float], shape: [1, 2])])
    let header = #"{"t":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(written.bytes == Self.file(padded, data: [0, 0, 128, 63, 0, 0, 0, 192]))
  }

  @Test func refusesEveryTruncation() {
    let bytes = Self.sample.bytes
    for end in bytes.indices {
      #expect(throws: SafetensorsError.self) { try Safetensors(bytes: Array(bytes[..<end])) }
    }
    #expect(throws: SafetensorsError.self) { try Safetensors(bytes: bytes + [0]) }
  }

  /// A flipped bit is either noticed or changes a name, a number or a text; it never crashes and
  /// never reads beyond the file.
  @Test func survivesEveryBitFlip() {
    let bytes = Self.sample.bytes
    for index in bytes.indices {
      for bit in 0..<8 {
        var flipped = bytes
        flipped[index] ^= 1 << bit
        if let read = try? Safetensors(bytes: flipped) { #expect(read != Self.sample) }
      }
    }
  }

  @Test(arguments: [
    "[]", "1", "{", #"{"t":1}"#, #"{"t":{}}"#,
    #"{"t":{"dtype":"F16","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
    #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
    #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#,
    #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}"#,
    #"{"t":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
      + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
      + #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"a":1}}"#,
    #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":[]}"#,
  ])
  func refusesHostileHeaders(header: String) {
    #expect(throws: SafetensorsError.self) {
      try Safetensors(bytes: Self.file(header, data: Array(repeating: 0, count: 8)))
    }
  }

  @Test func refusesHugeHeaders() {
    for length: [UInt8] in [[1, 0, 0, 0, 0, 0, 0, 128], Array(repeating: 255, count: 8)] {
      #expect(throws: SafetensorsError.self) {
        try Safetensors(bytes: length + Array("{}".utf8))
      }
    }
  }
}
