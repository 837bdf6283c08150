import Configuration
import Envs
import NeuroMod
import Tensor

/// A network and its body in lock-step. A control step lasts a whole number of milliseconds, and its
/// order is fixed: what is seen becomes spikes, the network runs, its spikes become an action, the
/// environment moves on, and its reward holds until the next control step ends.
final class SporeLoop {
  let environment: any VectorEnvironment
  let network: SporeNetwork
  /// Milliseconds of a control step.
  let ticks: Int
  /// Whether ``spikeCounts`` are wanted.
  var countsSpikes = false
  /// Spikes of each excitatory neuron in the last control step.
  private(set) var spikeCounts: [Float]
  private let options: SporeOptions
  private let encoder: SpikeEncoder
  private var decoder: SpikeDecoder
  private var conditioning = RewardConditioning()
  private var action: [Float]
  /// The reward that synapses see.
  private var reward: Float = 0
  /// Control steps that are left without reward.
  private var pause = 0

  /// What a control step was like, for statistics.
  struct Outcome {
    /// The reward of the environment.
    let reward: Float
    let outputSpikes: Float
  }

  /// How observations, neurons and actions fit together.
  struct Shape {
    /// Plastic synapses at most; each takes 20 bytes.
    private static let mostSynapses = 1 << 26

    let ticks: Int
    let slots: Int
    let inputs: Int
    let outputs: Int
    /// The image that motor neurons see directly; nil where other neurons are in between, or where the
    /// inputs are no pixels.
    let camera: ObservationImage?

    /// - Throws: `ConfigurationError` where they do not fit.
    init(_ options: SporeOptions, environment: EnvironmentSpecification) throws {
      let place = JSONPath("agent")
      guard let duration = environment.stepDuration else {
        throw ConfigurationError(
          JSONPath("environment"), "the steps of \(environment.name) have no duration",
          remedy: "A spiking agent needs an environment with a stepDuration.")
      }
      let ticks = Int((duration * 1000).rounded())
      guard ticks >= 1, abs(duration * 1000 - Double(ticks)) < 1e-6 else {
        throw ConfigurationError(
          JSONPath("environment"), "a step of \(duration) s is not a whole number of milliseconds",
          remedy: "A spiking agent runs in milliseconds.")
      }
      guard case .continuous(let space) = environment.actionSpace else {
        throw ConfigurationError(
          place.appending("decoder"), "\(environment.name) has discrete actions",
          remedy: "Decoders give continuous actions.")
      }
      let asked = options.network.outputs
      outputs = asked > 0 ? asked : space.count
      let decoded = SpikeDecoder.size(of: options.decoder.form, outputs: outputs)
      guard decoded == space.count else {
        throw ConfigurationError(
          place.appending("decoder").appending("form"),
          "“\(options.decoder.form.rawValue)” of \(outputs) neurons gives \(decoded) numbers, "
            + "an action has \(space.count)",
          remedy: "Choose another form or number of output neurons.")
      }
      let size = environment.observationSpace.count
      self.ticks = ticks
      slots = options.encoder == .events ? environment.observationSlots : 1
      inputs = size / slots
      camera =
        options.encoder == .events && options.network.hidden == 0
        ? environment.observationImage : nil
      guard size % slots == 0, ticks % slots == 0 else {
        throw ConfigurationError(
          place.appending("encoder"),
          "\(slots) slots fit neither \(size) numbers nor \(ticks) ms",
          remedy: "Each slot has a whole number of milliseconds.")
      }
      let synapses = options.network.plasticSynapses(inputs: inputs, outputs: outputs)
      guard synapses <= Self.mostSynapses else {
        throw ConfigurationError(
          place.appending("network"),
          "makes up to \(synapses) plastic synapses; \(Self.mostSynapses) are allowed",
          remedy: "Use fewer neurons, or a smaller camera.")
      }
    }
  }

  /// A loop at its beginning.
  ///
  /// - Parameters:
  ///   - environment: one row.
  ///   - structure: the key of connections and initial synapses.
  ///   - key: the key of all noise.
  init(
    _ options: SporeOptions, shape: Shape, environment: any VectorEnvironment, learns: Bool,
    pool: ThreadPool?, structure: RandomKey, key: RandomKey
  ) {
    self.options = options
    self.environment = environment
    ticks = shape.ticks
    encoder = SpikeEncoder(
      options.encoder, size: shape.inputs * shape.slots, slots: shape.slots, ticks: shape.ticks,
      key: key / "encoder")
    network = SporeNetwork(
      options.network, inputs: shape.inputs, outputs: shape.outputs, learns: learns, pool: pool,
      key: structure, noise: key / "noise")
    decoder = SpikeDecoder(
      options.decoder, first: options.network.hidden, outputs: shape.outputs)
    spikeCounts = Array(repeating: 0, count: options.network.hidden + shape.outputs)
    action = Array(
      repeating: 0, count: SpikeDecoder.size(of: options.decoder.form, outputs: shape.outputs))
  }

  /// One control step.
  func advance() -> Outcome {
    let observation = environment.observations
    encoder.begin(observation, at: network.step)
    decoder.begin()
    for neuron in spikeCounts.indices { spikeCounts[neuron] = 0 }
    for tick in 0..<ticks {
      encoder.fire(observation, tick: tick, step: network.step, into: network.inputs)
      network.advance(reward: reward)
      decoder.advance(network.excitatorySpikes)
      if countsSpikes {
        for spike in network.excitatorySpikes { spikeCounts[Int(spike)] += 1 }
      }
    }
    decoder.decode(into: &action)
    environment.step(action)
    let earned = environment.rewards[0]
    let scaled = pause > 0 ? 0 : options.rewardScale * Double(earned)
    pause =
      environment.ends[0].isEnd
      ? Int((options.pause * 1000 / Double(ticks)).rounded()) : max(pause - 1, 0)
    reward = Float(options.conditionsRewards ? conditioning.condition(scaled) : scaled)
    return Outcome(reward: earned, outputSpikes: decoder.spikeCount)
  }

  /// One control step of a test.
  ///
  /// - Throws: ``NumericalError`` for a reward that is not finite, which training finds in its weights.
  func advanceInTest(iteration: Int) throws(NumericalError) -> Outcome {
    let outcome = advance()
    guard outcome.reward.isFinite else {
      throw NumericalError(quantity: "reward", iteration: iteration, place: "a test")
    }
    return outcome
  }

  /// What the names of the network's numbers begin with in checkpoints.
  static let networkPrefix = "network"

  private struct State: Codable {
    var conditioning: RewardConditioning
    var reward: Float
    var pause: Int
  }

  /// Stores everything the future depends on; the network's block must be finished.
  func save(into archive: inout Archive) throws {
    try environment.save(into: &archive, prefix: "environment")
    try network.save(into: &archive, prefix: Self.networkPrefix)
    try encoder.save(into: &archive, prefix: "encoder")
    try decoder.save(into: &archive, prefix: "decoder")
    try archive.store(State(conditioning: conditioning, reward: reward, pause: pause), "loop")
  }

  /// Restores what `save` stored.
  func restore(from archive: Archive) throws {
    try environment.restore(from: archive, prefix: "environment")
    try network.restore(from: archive, prefix: Self.networkPrefix)
    try encoder.restore(from: archive, prefix: "encoder")
    try decoder.restore(from: archive, prefix: "decoder")
    let state = try archive.value("loop", as: State.self)
    (conditioning, reward, pause) = (state.conditioning, state.reward, state.pause)
  }
}
