import Foundation
import Render
import Testing
import TestSupport

@Suite struct FilmTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// The chunks of a PNG file: type and data.
  private func chunks(of png: [UInt8]) -> [(type: String, data: [UInt8])] {
    var chunks: [(String, [UInt8])] = []
    var position = 8
    while position < png.count {
      let length = png[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: png[position + 4..<position + 8], as: UTF8.self)
      chunks.append((type, Array(png[position + 8..<position + 8 + length])))
      position += 12 + length
    }
    return chunks
  }

  @Test func anAnimatedPNGHoldsTheFramesAsCairoCompressesThem() throws {
    let film = try Film(path: scratch["film.png"], width: 240, height: 160, framesPerSecond: 25)
    let frames = [10, 50, 90].map { Gallery.frame(step: $0) }
    for frame in frames { try film.add(frame) }
    #expect(scratch.bytes("film.png") == nil, "a film appears when it is complete")
    try film.finish()
    let bytes = try #require(scratch.bytes("film.png"))
    let parts = chunks(of: bytes)
    let single = try frames.map { try $0.png(width: 240, height: 160, scale: 1) }
    // Checksums agree with those of libpng, and with the one that ends every PNG.
    let header = Array(single[0][..<33])
    #expect(bytes.starts(with: header))
    #expect(bytes.suffix(12) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
    let counts = parts.filter { $0.type == "acTL" }.map(\.data)
    #expect(counts == [[0, 0, 0, 3, 0, 0, 0, 0]])
    let delays = parts.filter { $0.type == "fcTL" }.map { Array($0.data[20...]) }
    let delay: [UInt8] = [0, 1, 0, 25, 0, 0]
    #expect(delays == [delay, delay, delay])
    // Sequence numbers go through all control and data chunks.
    let numbers = parts.filter { ["fcTL", "fdAT"].contains($0.type) }.map {
      $0.data[..<4].reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(numbers == Array(0..<numbers.count))
    // The data of each frame are those of a picture of its own.
    var data: [[UInt8]] = []
    for chunk in parts {
      switch chunk.type {
      case "fcTL": data.append([])
      case "IDAT": data[data.count - 1] += chunk.data
      case "fdAT": data[data.count - 1] += chunk.data[4...]
      default: break
      }
    }
    let expected = single.map { png in
      chunks(of: png).filter { $0.type == "IDAT" }.flatMap { $0.data }
    }
    #expect(data == expected)
    #expect(parts.first?.type == "IHDR" && parts.last?.type == "IEND")
  }

  @Test func anUnfinishedFilmLeavesNothing() throws {
    var film: Film? = try Film(path: scratch["film.png"])
    try film?.add(Gallery.frame())
    film = nil
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    let empty = try Film(path: scratch["film.png"])
    #expect(throws: PlotError.self) { try empty.finish() }
  }

  @Test(arguments: ["film", "film.txt", ".png", "no/such/folder/film.png", "film.png/"])
  func impossibleNamesAreRefused(name: String) throws {
    let error = try #require(throws: PlotError.self) { try Film(path: scratch[name]) }
    #expect(error.path.hasSuffix(name))
  }
}
