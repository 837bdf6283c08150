import Tensor

extension KernelBatch {
  /// Stores tasks, states, random streams and the arrays shown.
  public func save(into archive: inout Archive, prefix: String) throws {
    let columns = Base.State.columnCount
    archive.store(
      ArchivedTensor(
        UnsafeBufferPointer(start: states, count: columns * count), shape: [columns, count]),
      prefix + "/states", in: .state)
    archive.store(
      ArchivedTensor(UnsafeBufferPointer(start: steps, count: count)), prefix + "/steps",
      in: .state)
    try archive.store((0..<count).map { rows[$0] }, prefix + "/rows")
    buffers.save(into: &archive, prefix: prefix)
  }

  /// Restores what `save` stored; on an error nothing has changed.
  public func restore(from archive: Archive, prefix: String) throws {
    let numbers = try archive.tensor(prefix + "/states", in: .state).doubles ?? []
    let taken = try archive.tensor(prefix + "/steps", in: .state).integers ?? []
    let stored = try archive.value(prefix + "/rows", as: [Row].self)
    guard numbers.count == Base.State.columnCount * count, taken.count == count,
      stored.count == count
    else {
      throw ArchiveError(name: prefix + "/states", reason: "does not hold \(count) rows")
    }
    guard taken.allSatisfy({ $0 >= 0 && $0 <= horizon }) else {
      throw ArchiveError(name: prefix + "/steps", reason: "holds a number of steps out of range")
    }
    guard stored.allSatisfy({ $0.episode >= 0 && $0.episode < episodesPerTrial }) else {
      throw ArchiveError(name: prefix + "/rows", reason: "holds an episode out of range")
    }
    let arrays = try buffers.read(from: archive, prefix: prefix)
    for (index, number) in numbers.enumerated() { states[index] = number }
    for row in 0..<count {
      steps[row] = taken[row]
      rows[row] = stored[row]
      taskChanged(row)
    }
    buffers.assign(arrays)
  }
}
