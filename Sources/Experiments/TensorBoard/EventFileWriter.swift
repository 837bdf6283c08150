import Glibc

/// Writes scalars where TensorBoard finds them.
///
/// Records gather in memory until ``flush()``. A checkpoint stores ``position`` after a flush; on
/// resume the file is cut back to it, so that the log goes on as if nothing had happened.
///
/// ```swift
/// let writer = try EventFileWriter(creating: EventFileWriter.path(in: run, wallTime: now))
/// try writer.write([("return", 0.71), ("loss/value", 0.02)], step: 4096)
/// try writer.flush()
/// ```
public final class EventFileWriter {
  /// The file.
  public let path: String
  /// Bytes written so far, with those that still wait in memory; always between two records.
  public private(set) var position: Int

  private let wallTime: () -> Double
  private var descriptor: Int32
  private var waiting: [UInt8] = []

  private static let capacity = 1 << 16

  /// Creates the file, emptying one that is there, and writes the record that names its format.
  ///
  /// - Parameters:
  ///   - path: The file; its name must contain `tfevents` for TensorBoard to see it.
  ///   - wallTime: The seconds since 1970 that the next record carries.
  /// - Throws: ``EventFileError``.
  public init(
    creating path: String, wallTime: @escaping () -> Double = EventFileWriter.now
  ) throws(EventFileError) {
    self.path = path
    self.wallTime = wallTime
    position = 0
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure(path) }
    try append(EventRecord.fileVersion(wallTime: wallTime()))
    try flush()
  }

  /// Opens the file that is there and cuts it back to `position`, which must lie between records.
  ///
  /// - Throws: ``EventFileError`` if the file is missing, shorter, damaged before `position`, or if
  ///   `position` lies inside a record.
  public init(
    continuing path: String, at position: Int,
    wallTime: @escaping () -> Double = EventFileWriter.now
  ) throws(EventFileError) {
    self.path = path
    self.wallTime = wallTime
    self.position = position
    descriptor = -1
    try EventFile.check(path, endsRecordAt: position)
    descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
    try truncate(to: position)
  }

  deinit {
    guard descriptor >= 0 else { return }
    try? flush(toDisk: false)
    Glibc.close(descriptor)
  }

  /// Adds one record with the numbers of a step, in the order given.
  public func write(
    _ scalars: [(tag: String, value: Double)], step: Int
  ) throws(EventFileError) {
    try append(EventRecord.scalars(scalars, step: step, wallTime: wallTime()))
  }

  /// Hands everything over to the file system and, unless told otherwise, waits for the disk.
  public func flush(toDisk: Bool = true) throws(EventFileError) {
    guard descriptor >= 0 else { throw EventFileError(path: path, reason: "is closed") }
    var sent = 0
    while sent < waiting.count {
      let count = waiting[sent...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = Self.failure(path)
        waiting.removeFirst(sent)
        throw error
      }
      sent += count
    }
    waiting.removeAll(keepingCapacity: true)
    if toDisk, fsync(descriptor) != 0 { throw Self.failure(path) }
  }

  /// Forgets everything after the first `position` bytes, an earlier ``position`` of this writer.
  public func truncate(to position: Int) throws(EventFileError) {
    guard position >= 0, position <= self.position else {
      throw EventFileError(
        path: path, reason: "cannot be cut to \(position) bytes: it has \(self.position)")
    }
    try flush(toDisk: false)
    guard ftruncate(descriptor, off_t(position)) == 0,
      lseek(descriptor, off_t(position), SEEK_SET) == off_t(position)
    else { throw Self.failure(path) }
    self.position = position
  }

  /// Flushes and closes the file; later writes fail.
  public func close() throws(EventFileError) {
    try flush()
    let closed = Glibc.close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw Self.failure(path) }
  }

  /// The name of a new event file inside `folder`, as TensorBoard expects it.
  public static func path(
    in folder: String, wallTime: Double = EventFileWriter.now(), host: String = "metarl"
  ) -> String {
    "\(folder)/events.out.tfevents.\(Int(wallTime)).\(host)"
  }

  /// The seconds since 1970.
  public static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private func append(_ record: [UInt8]) throws(EventFileError) {
    guard descriptor >= 0 else { throw EventFileError(path: path, reason: "is closed") }
    waiting += record
    position += record.count
    if waiting.count >= Self.capacity { try flush(toDisk: false) }
  }

  private static func failure(_ path: String) -> EventFileError {
    EventFileError(path: path, reason: String(cString: strerror(errno)))
  }
}
