import Configuration

extension Registry<any Network> {
  /// The networks that come with MetaRL.
  public static let standard: Registry<any Network> = {
    var registry = Registry<any Network>(kind: "network")
    registry.register(
      "nmd",
      "NMD net: a recurrent modulator sets slope and bias of a small feed-forward network's neurons.",
      NMDNetwork.self)
    registry.register(
      "recurrent", "Recurrent layers, feed-forward layers, linear heads; also without recurrence.",
      RecurrentNetwork.self)
    return registry
  }()
}
