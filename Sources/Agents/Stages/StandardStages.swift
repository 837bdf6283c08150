import Configuration

extension Registry<any TrainingStage> {
  /// The stages that come with MetaRL.
  public static var standard: Registry<any TrainingStage> {
    var registry = Registry(kind: "stage")
    registry.register(
      "stored-weights", "Begin with the weights of another run.", StoredWeights.self)
    registry.register(
      "warmup", "Begin with many attractors: raise the multistability that sequences reach.",
      WarmUp.self)
    return registry
  }
}
