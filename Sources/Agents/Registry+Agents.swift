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
    registry.register(
      .init(
        "a2c", "Advantage actor–critic, synchronous, for networks with and without memory.",
        options: A2COptions.self
      ) { options in
        AgentFactory(discount: options.settings.discount) {
          try ActorCriticAgent(options.settings, context: $0)
        }
      })
    registry.register(
      .init(
        "ppo", "Proximal policy optimisation with clipped ratios, with and without memory.",
        options: PPOOptions.self
      ) { options in
        AgentFactory(discount: options.settings.discount) {
          try ActorCriticAgent(options.settings, context: $0)
        }
      })
    registry.register(
      .init(
        "drqn", "Deep recurrent Q-network: values of whole histories, learned from replay.",
        options: DeepRecurrentQOptions.self
      ) { options in
        AgentFactory(discount: options.discount) { try DeepRecurrentQAgent(options, context: $0) }
      })
    registry.register(
      .init(
        "spore", "Reward-based synaptic sampling of a spiking network in a closed loop.",
        options: SporeOptions.self
      ) { options in
        AgentFactory(discount: 1) { try SporeAgent(options, context: $0) }
      })
    return registry
  }()
}
