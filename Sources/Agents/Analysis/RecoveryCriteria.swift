/// When an agent counts as adapted anew after an edit of its task.
enum RecoveryCriteria {
  /// Steps that a mean after an edit is taken over.
  static let window = 10
  /// Steps that the level before an edit is taken over.
  static let levelSteps = 50
  /// Steps after an edit in which the least mean begins: what comes later has other causes.
  static let soughtSteps = 100
  /// The part of the loss after which an edit counts as made up for.
  static let madeUp = 0.9
}
