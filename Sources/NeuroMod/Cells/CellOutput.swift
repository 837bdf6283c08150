import Autodiff

/// Names of outputs that cells declare besides what they return: signals on which a learner can put a
/// price, such as the rate regulariser of LSNN, and by which it knows how active a network is.
public enum CellOutput {
  /// How active each unit is: its spike or event, 0 or 1 (per unit of time).
  public static let activity = "activity"
  /// 1 for each unit through whose spike or event no derivative flows back, as its surrogate is exactly zero, else 0.
  public static let backwardSparsity = "backwardSparsity"
  /// A cost of the step, one number a row, already weighted: its mean over rows and steps is added to
  /// the loss.
  public static let penalty = "penalty"
}

extension Program {
  /// The outputs of that last name, in every scope.
  public func outputs(called name: String) -> [String] {
    outputs.map(\.name).filter { $0 == name || $0.hasSuffix("/" + name) }
  }
}
