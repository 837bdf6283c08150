import Glibc

/// An animated PNG that repeats for ever. Cairo compresses each frame as a PNG of its own; here the
/// chunks of all of them are strung together.
///
/// Source: Portable Network Graphics (PNG) Specification (Third Edition), W3C 2025, animation chunks.
final class AnimatedPNG: FilmWriter {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private let framesPerSecond: Int
  private var file: UnsafeMutablePointer<FILE>?
  private var frames: UInt32 = 0
  private var sequence: UInt32 = 0
  /// Where the number of frames stands, which is known at the end.
  private var countPosition = 0

  /// Begins a film in `path`.
  ///
  /// - Throws: ``PlotError`` where the file cannot be written.
  init(path: String, framesPerSecond: Int) throws(PlotError) {
    self.framesPerSecond = framesPerSecond
    file = fopen(path, "wb")
    guard file != nil else { throw PlotError(code: errno) }
  }

  deinit { if let file { fclose(file) } }

  func add(_ image: PixelImage) throws(PlotError) {
    let chunks = PNGChunk.chunks(of: try image.png())
    if frames == 0 {
      try write(Self.signature)
      for chunk in chunks where chunk.type == "IHDR" { try write(chunk.encoded) }
      countPosition = Self.signature.count + 25
      try write(animationControl.encoded)
    }
    var control = PNGChunk("fcTL")
    control.append(nextSequenceNumber())
    for number in [image.width, image.height, 0, 0] { control.append(UInt32(number)) }
    control.append(UInt16(1))
    control.append(UInt16(framesPerSecond))
    // The frame stays until the next one replaces all of it.
    control.data += [0, 0]
    try write(control.encoded)
    for chunk in chunks where chunk.type == "IDAT" {
      guard frames > 0 else {
        try write(chunk.encoded)
        continue
      }
      var frame = PNGChunk("fdAT")
      frame.append(nextSequenceNumber())
      frame.data += chunk.data
      try write(frame.encoded)
    }
    frames += 1
  }

  func finish() throws(PlotError) {
    guard frames > 0 else { throw PlotError(reason: "the film has no frames") }
    try write(PNGChunk("IEND").encoded)
    guard fseek(file, countPosition, SEEK_SET) == 0 else { throw PlotError(code: errno) }
    try write(animationControl.encoded)
    let open = file
    file = nil
    guard fclose(open) == 0 else { throw PlotError(code: errno) }
  }

  private var animationControl: PNGChunk {
    var chunk = PNGChunk("acTL")
    chunk.append(frames)
    chunk.append(UInt32(0))
    return chunk
  }

  private func nextSequenceNumber() -> UInt32 {
    defer { sequence += 1 }
    return sequence
  }

  private func write(_ bytes: [UInt8]) throws(PlotError) {
    guard fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      throw PlotError(code: errno)
    }
  }
}

/// A piece of a PNG file.
private struct PNGChunk {
  let type: String
  var data: [UInt8] = []

  init(_ type: String) { self.type = type }

  /// Appends a number, most significant byte first.
  mutating func append(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.bigEndian) { data += $0 }
  }

  /// Length, type, data and checksum.
  var encoded: [UInt8] {
    let body = Array(type.utf8) + data
    var length = PNGChunk("")
    length.append(UInt32(data.count))
    var checksum = PNGChunk("")
    checksum.append(Self.checksum(of: body))
    return length.data + body + checksum.data
  }

  /// The chunks of a PNG file that Cairo has written.
  static func chunks(of png: [UInt8]) -> [PNGChunk] {
    var chunks: [PNGChunk] = []
    var position = 8
    while position + 12 <= png.count {
      let length = png[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      var chunk = PNGChunk(String(decoding: png[position + 4..<position + 8], as: UTF8.self))
      chunk.data = Array(png[position + 8..<position + 8 + length])
      chunks.append(chunk)
      position += 12 + length
    }
    return chunks
  }

  /// The cyclic redundancy check of PNG, with the polynomial 0xEDB88320.
  private static func checksum(of bytes: [UInt8]) -> UInt32 {
    var value: UInt32 = 0xFFFF_FFFF
    for byte in bytes { value = value >> 8 ^ table[Int((value ^ UInt32(byte)) & 0xFF)] }
    return ~value
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }
}
