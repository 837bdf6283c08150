import Agents
import ArgumentParser

extension TaskEdit: ExpressibleByArgument {
  /// The step and the name, such as `300:swapTargets`.
  public init?(argument: String) {
    let parts = argument.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let step = Int(parts[0]) else { return nil }
    self.init(String(parts[1]), before: step)
  }
}
