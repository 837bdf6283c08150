/// What examples are for.
public enum DataSplit: String, Sendable, CaseIterable {
  /// Learning.
  case training
  /// Watching the learning: when to stop, which weights to keep.
  case validation
  /// Judging the result.
  case test
}
