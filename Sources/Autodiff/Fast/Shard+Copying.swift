extension Shard {
  /// Copies `[rows × width]` numbers to an input at `step`.
  public func setInput(_ name: String, step: Int = 0, to numbers: UnsafePointer<Float>) {
    precondition(step >= 0 && step < steps, "step \(step) does not fit")
    input(name, step: step).update(from: numbers, count: rows * inputWidth(name))
  }

  /// Copies the first `steps` steps of an input to the input of that name of a shard with the same
  /// number of rows.
  public func copyInput(_ name: String, to other: Shard, steps: Int) {
    precondition(other.rows == rows, "sequences of \(rows) and \(other.rows) rows do not fit")
    other.input(name).update(from: input(name), count: steps * rows * inputWidth(name))
  }

  /// Copies steps of this shard's input, `first` on, to rows of another shard's input of that name,
  /// from step 0.
  public func copyInput(
    _ name: String, from first: Int, steps: Int, to other: Shard, row: Int
  ) {
    copy(
      input(name, step: first), steps: steps, width: inputWidth(name), to: other, name, row: row)
  }

  /// Copies `[steps × rows × width]` numbers to rows of another shard's input, from step 0.
  public func copy(
    _ source: UnsafePointer<Float>, steps: Int, width: Int, to other: Shard, _ name: String,
    row: Int
  ) {
    precondition(row + rows <= other.rows && steps <= other.steps, "the sequence does not fit")
    let target = other.input(name)
    for step in 0..<steps {
      (target + (step * other.rows + row) * width).update(
        from: source + step * rows * width, count: rows * width)
    }
  }
}
