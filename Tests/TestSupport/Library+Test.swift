import Agents
import Configuration
import Envs
import Experiments

extension Library {
  /// The standard library with the environment and the agent of the tests.
  public static var test: Library {
    var library = Library.standard
    library.environments.register(.init("walk", "A line.", options: Walk.self) { $0.factory })
    library.agents.register(
      .init("wanderer", "Learns nothing.", options: WandererOptions.self) { $0.factory })
    return library
  }
}
