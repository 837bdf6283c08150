import CZlib
import Glibc

/// Reads a file from its beginning to its end, through gzip where it is compressed. Asks for no more
/// memory than the caller does, whatever the file promises.
final class ByteReader {
  /// The file.
  let path: String
  private let file: gzFile

  /// Opens the file.
  ///
  /// - Throws: ``DataSetError`` where it cannot be opened.
  init(_ path: String) throws {
    guard let file = gzopen(path, "rb") else {
      throw DataSetError.damaged(path, "cannot be opened: \(String(cString: strerror(errno)))")
    }
    self.path = path
    self.file = file
  }

  deinit { gzclose(file) }

  /// The next `count` bytes.
  ///
  /// - Throws: ``DataSetError`` where the file ends before, or its checksum is wrong.
  func bytes(_ count: Int) throws -> [UInt8] {
    let bytes = try upTo(count)
    guard bytes.count == count else {
      throw DataSetError.damaged(path, "ends \(count - bytes.count) bytes too early")
    }
    return bytes
  }

  /// The next big-endian number of 32 bits.
  ///
  /// - Throws: ``DataSetError`` where the file ends before.
  func bigEndian32() throws -> UInt32 {
    try bytes(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Checks that there is nothing more, and the checksum of a compressed file.
  ///
  /// - Throws: ``DataSetError`` where there is more, or the checksum is wrong.
  func requireEnd() throws {
    guard try upTo(1).isEmpty else {
      throw DataSetError.damaged(path, "goes on after its last number")
    }
  }

  /// The next `count` bytes, or fewer where the file ends.
  func upTo(_ count: Int) throws -> [UInt8] {
    // In pieces: what a damaged header promises is not allocated before it has been read.
    var bytes: [UInt8] = []
    while bytes.count < count {
      let wanted = min(count - bytes.count, 1 << 20)
      let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, received in
        received = Int(gzread(file, buffer.baseAddress, UInt32(wanted)))
        if received < 0 { received = 0 }
      }
      var code: Int32 = Z_OK
      let message = gzerror(file, &code).map { String(cString: $0) } ?? ""
      guard code == Z_OK || code == Z_STREAM_END else {
        throw DataSetError.damaged(path, "cannot be read: \(message)")
      }
      if piece.isEmpty { break }
      bytes += piece
    }
    return bytes
  }
}
