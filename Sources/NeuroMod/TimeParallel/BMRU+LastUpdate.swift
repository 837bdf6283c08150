import Tensor

extension BMRU {
  /// The states of a layer at all steps of a sequence, by the index of the last update.
  ///
  /// ```
  /// h' = z ⊙ v + (1 − z) ⊙ h                     v = α ⊙ sign(c), update: replace
  /// last(t) = max { s ≤ t : z(s) = 1 }            an associative operation
  /// h(t) = v(last(t)), or the initial state where no gate was open
  /// ```
  ///
  /// Every state is a copy of a candidate or of an initial state. It has the bits of the form step by
  /// step, a zero's sign aside, where numbers are finite and not subnormal. Chunks of time run side by
  /// side; the number of threads changes no bit.
  ///
  /// - Parameters:
  ///   - gates: z, 0 or 1, `[steps × width]`.
  ///   - candidates: v, `[steps × width]`.
  ///   - initial: the states before the first step, `width` numbers.
  ///   - pool: the threads.
  /// - Returns: the states after each step, `[steps × width]`.
  public static func states(
    gates: [Float], candidates: [Float], initial: [Float], on pool: ThreadPool
  ) -> [Float] {
    let width = initial.count
    precondition(width > 0, "a layer has at least one unit")
    precondition(
      gates.count % width == 0 && candidates.count == gates.count,
      "gates and candidates have a number for each step and unit")
    let chunks = TimeChunks(steps: gates.count / width)

    // The last update of each unit within each chunk; none is the initial state's “step”, −1.
    var lastUpdates = [Int](count: chunks.count * width) { updates in
      pool.run(chunks.count) { chunk in
        for unit in 0..<width {
          let last = chunks.steps(of: chunk).last { gates[$0 * width + unit] != 0 }
          updates[chunk * width + unit] = last ?? -1
        }
      }
    }
    // The same from the first chunk on.
    for place in lastUpdates.indices.dropFirst(width) {
      lastUpdates[place] = max(lastUpdates[place], lastUpdates[place - width])
    }
    let carries = lastUpdates
    return [Float](count: gates.count) { states in
      pool.run(chunks.count) { chunk in
        for unit in 0..<width {
          var last = chunk == 0 ? -1 : carries[(chunk - 1) * width + unit]
          for step in chunks.steps(of: chunk) {
            if gates[step * width + unit] != 0 { last = step }
            states[step * width + unit] =
              last < 0 ? initial[unit] : candidates[last * width + unit]
          }
        }
      }
    }
  }
}
