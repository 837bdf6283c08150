import Tensor

/// Checks that what happens depends on the seed, the row and the actions alone.
extension EnvironmentChecker {
  func checkSameSeed() -> Finding {
    let (a, b) = (makeBatch(), makeBatch())
    let problem = compare(a, b).map {
      "\($0) differ between two batches of the same seed. Draw every random number from the stream "
        + "that is passed in, and keep nothing in global variables, clocks, dictionaries or sets."
    }
    return finding("same seed", "\(steps) steps are equal to the bit", problem: problem)
  }

  func checkOtherSeed() -> Finding {
    let (a, b) = (makeBatch(), makeBatch(key: key / "another seed"))
    let problem =
      compare(a, b) == nil
      ? "\(steps) steps are the same for two seeds. Draw tasks and first states from the stream that "
        + "is passed in." : nil
    return finding("another seed", "gives another trajectory", problem: problem)
  }

  func checkRowsAreIndependent() -> Finding {
    let half = rows / 2
    let whole = makeBatch()
    let (low, high) = (makeBatch(count: half), makeBatch(count: rows - half, firstRow: half))
    var actions = RandomActions(space: specification.actionSpace, rows: 0..<rows, key: key)
    let offset = half * specification.actionSpace.count
    let problem = firstProblem(steps: steps) { step in
      let halves = BatchSnapshot(low) + BatchSnapshot(high)
      if let name = BatchSnapshot(whole).difference(from: halves) {
        return
          "at step \(step) the \(name) of one batch of \(rows) differ from those of two batches "
          + "of \(half). A row must use its own streams, below its global number, and nothing of "
          + "other rows."
      }
      actions.advance()
      actions.values.withUnsafeBufferPointer {
        guard let start = $0.baseAddress else { return }
        whole.step(start)
        low.step(start)
        high.step(start + offset)
      }
      return nil
    }
    return finding(
      "independent rows", "one batch of \(rows) equals two of \(half)", problem: problem)
  }

  func checkStoredState() -> Finding {
    let name = "stored state"
    let original = makeBatch()
    let copy = makeBatch(key: key / "overwritten")
    var actions = RandomActions(space: specification.actionSpace, rows: 0..<rows, key: key)
    var storedAt: [Int] = []
    for share in [0, 7, 100, steps / 2] {
      for _ in 0..<share {
        actions.advance()
        original.step(actions.values)
      }
      storedAt.append((storedAt.last ?? 0) + share)
      do {
        var archive = Archive()
        try original.save(into: &archive, prefix: "environment")
        try copy.restore(from: archive, prefix: "environment")
      } catch {
        return finding(name, "", problem: "storing and restoring failed: \(error)")
      }
      let problem = firstProblem(steps: min(steps, 300)) { step in
        if let array = BatchSnapshot(original).difference(from: BatchSnapshot(copy)) {
          return "\(step) steps after restoring, the \(array) differ. Put everything the future "
            + "depends on into State or Task, and encode all of it."
        }
        actions.advance()
        original.step(actions.values)
        copy.step(actions.values)
        return nil
      }
      if let problem { return finding(name, "", problem: problem) }
    }
    return finding(
      name, "continues equally to the bit from \(storedAt.count) points", problem: nil)
  }

  func checkEdits() -> Finding {
    let name = "task edits"
    for edit in specification.taskEdits {
      let (edited, plain) = (makeBatch(), makeBatch())
      var actions = RandomActions(space: specification.actionSpace, rows: 0..<rows, key: key)
      let problem = firstProblem(steps: min(steps, 500)) { step in
        if step % 50 == 10 { edited.edit(edit, row: 0) }
        let others = 1..<rows
        if let array = BatchSnapshot(edited, rows: others)
          .difference(from: BatchSnapshot(plain, rows: others))
        {
          return "“\(edit)” in row 0 changed the \(array) of another row at step \(step). An edit "
            + "may use the stream that is passed in, and nothing shared."
        }
        actions.advance()
        edited.step(actions.values)
        plain.step(actions.values)
        return numbersProblem(edited, step: step).map { "after “\(edit)”, \($0)" }
      }
      if let problem { return finding(name, "", problem: problem) }
    }
    let names = specification.taskEdits.joined(separator: ", ")
    return finding(name, names.isEmpty ? "there are none" : names, problem: nil)
  }

  func checkEmptyBatch() -> Finding {
    let batch = makeBatch(count: 0)
    let nothing: [Float] = [0]
    batch.reset()
    batch.step(nothing)
    let problem = batch.count == 0 ? nil : "a batch of no rows has \(batch.count)"
    return finding("no rows", "a batch without rows can be stepped", problem: problem)
  }

  /// The first array in which the batches differ while both take the same actions.
  private func compare(_ a: any VectorEnvironment, _ b: any VectorEnvironment) -> String? {
    var actions = RandomActions(space: specification.actionSpace, rows: 0..<rows, key: key)
    return firstProblem(steps: steps) { step in
      if let array = BatchSnapshot(a).difference(from: BatchSnapshot(b)) {
        return "at step \(step) the \(array)"
      }
      actions.advance()
      a.step(actions.values)
      b.step(actions.values)
      return nil
    }
  }
}
