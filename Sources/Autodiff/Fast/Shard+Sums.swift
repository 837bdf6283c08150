extension Shard {
  /// Adds, for each column of an output, the sum over the first `steps` steps and all rows to `sums`.
  public func addSums(ofColumns name: String, steps: Int, to sums: inout [Double]) {
    precondition(steps <= self.steps, "\(steps) steps do not fit")
    let stride = outputStride(name)
    sums.withUnsafeMutableBufferPointer { sums in
      for step in 0..<steps {
        let values = output(name, step: step)
        for row in 0..<rows {
          for column in sums.indices { sums[column] += Double(values[row * stride + column]) }
        }
      }
    }
  }
}
