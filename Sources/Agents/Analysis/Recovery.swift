/// How a curve of rewards comes back after an edit.
struct Recovery {
  /// Steps that ``level`` is the mean of.
  let levelSteps: Int
  /// The mean reward right before the edit.
  let level: Double
  /// Steps of the running mean after the edit.
  let window: Int
  /// The least of the running means that begin soon after the edit.
  let lowest: Double
  /// Half the width of the 95 % interval of the loss, ``level`` less ``lowest``.
  let margin: Double
  /// Steps after the edit until the running mean has made up for most of the loss; nil where it never
  /// does, and where the loss may be chance.
  let steps: Int?

  /// The edit between two phases of a curve of mean rewards.
  init(_ rewards: [Double], before: EditedCourse.Phase, after: EditedCourse.Phase) {
    let edit = after.start
    levelSteps = min(RecoveryCriteria.levelSteps, edit - before.start)
    level = Self.mean(rewards[edit - levelSteps..<edit])
    let window = min(RecoveryCriteria.window, after.end - edit)
    self.window = window
    let means = (edit...after.end - window).map { Self.mean(rewards[$0..<$0 + window]) }
    let sought = means.prefix(RecoveryCriteria.soughtSteps)
    let least = sought.indices.min { sought[$0] < sought[$1] } ?? 0
    lowest = means[least]
    let loss = after.losses[least]
    // The least of many means is below the level by chance alone.
    margin = loss.margin(among: sought.count)
    guard loss.mean > margin else {
      steps = nil
      return
    }
    let goal = lowest + RecoveryCriteria.madeUp * (level - lowest)
    steps = means[least...].firstIndex { $0 >= goal }.map { $0 + window }
  }

  private static func mean(_ numbers: ArraySlice<Double>) -> Double {
    numbers.reduce(0, +) / Double(numbers.count)
  }
}
