import ArgumentParser
import Experiments

extension CheckpointChoice: ExpressibleByArgument {
  /// `latest`, `best`, or the number of an iteration.
  public init?(argument: String) {
    switch argument {
    case "latest": self = .latest
    case "best": self = .best
    default:
      guard let iteration = Int(argument), iteration >= 0 else { return nil }
      self = .iteration(iteration)
    }
  }
}
