import Configuration

extension Registry<AgentFactory> {
  /// The agents that come with MetaRL.
  public static let standard: Registry<AgentFactory> = {
    var registry = Registry<AgentFactory>(kind: "agent")
    registry.register(
      .init(
        "kl-ppo",
        "Proximal policy optimisation with a divergence penalty, as the NMD net learns.",
        options: KLProximalOptions.self
      ) { options in
        AgentFactory(discount: options.discount) { try KLProximalAgent(options, context: $0) }
      })
    return registry
  }()
}
