import Autodiff
import Configuration

extension Program {
  /// Parameters that a network has at most. With its gradient and the memory of an optimizer each of
  /// them takes 16 bytes and more: 4 GiB and more in all.
  static let mostParameters = 1 << 28

  /// Checks the size of a network before memory is taken for it.
  ///
  /// - Parameter path: Where the network is configured.
  /// - Throws: `ConfigurationError` where it has too many parameters.
  func requireReasonableSize(at path: JSONPath) throws {
    guard parameterCount > Self.mostParameters else { return }
    throw ConfigurationError(
      path, "makes a network of \(parameterCount) parameters; \(Self.mostParameters) are allowed",
      remedy: "Use smaller layers, or fewer of them.")
  }

  /// Checks that a network is trained without noise: an agent's updates have to see the network that acted.
  ///
  /// - Parameter path: Where the network is configured.
  /// - Throws: `ConfigurationError` where it has dropout, zoneout, noise or DropConnect.
  func requireNoNoise(at path: JSONPath) throws {
    let names = noises.map(\.name) + parameters.filter { $0.dropRate > 0 }.map(\.name)
    guard let name = names.first else { return }
    throw ConfigurationError(
      path, "has random numbers in its training (\(name)), and this agent learns without any",
      remedy: "Set dropout, zoneout, dropConnect and noise to 0, or use the learner bptt.")
  }
}
