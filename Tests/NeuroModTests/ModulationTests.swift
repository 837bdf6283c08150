import Autodiff
import NeuroMod
import Tensor
import Testing

/// What the modulation signal does to the main network.
@Suite struct ModulationTests {
  static let heads = [Head("mean", size: 2), Head("value", size: 1)]

  /// A program with z and the slopes among its outputs.
  static func program(_ network: some Network) -> Program {
    let tracer = Tracer()
    let input = NetworkInput(
      observationSize: 3, actionSize: 2, in: tracer, recordsSignals: true)
    for (head, value) in zip(heads, network.step(input, heads: heads, in: tracer)) {
      tracer.output(head.name, value)
    }
    return tracer.finish()
  }

  static let (rows, steps) = (4, 6)

  static func inputs(of program: Program) -> [[[Double]]] {
    var random = (RandomKey(seed: 3) / "inputs").stream()
    return program.inputs.map { port in
      (0..<steps).map { _ in
        (0..<rows * port.width).map { _ in Double(random.uniform(-2, 2)) }
      }
    }
  }

  /// Parameters by name: matrices at their initial numbers, biases shaken.
  static func parameters(of program: Program) -> [String: [Float]] {
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 8))
    var random = (RandomKey(seed: 8) / "biases").stream()
    var values: [String: [Float]] = [:]
    for parameter in program.parameters {
      values[parameter.name] = store.values(of: parameter.name).map {
        parameter.isVector ? random.uniform(-0.3, 0.3) : 4 * $0
      }
    }
    return values
  }

  static func reference(_ program: Program, _ parameters: [String: [Float]]) throws
    -> ReferenceExecutor.Trajectory
  {
    let values = try program.parameters.map { try #require(parameters[$0.name]).map(Double.init) }
    return ReferenceExecutor(program).forward(
      inputs(of: program), steps: steps, rows: rows, parameters: values)
  }

  /// By output: the numbers of all steps.
  static func fast(_ program: Program, _ parameters: [String: [Float]]) throws -> [[Float]] {
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 0))
    store.assign(try program.parameters.flatMap { try #require(parameters[$0.name]) })
    let executor = Executor(program, parameters: store, rows: [rows], steps: steps)
    executor.prepare()
    let shard = executor.shards[0]
    for (port, values) in zip(program.inputs, inputs(of: program)) {
      for (index, x) in values.joined().enumerated() { shard.input(port.name)[index] = Float(x) }
    }
    shard.forward(0..<steps)
    return program.outputs.map { port in
      let stride = shard.outputStride(port.name)
      return (0..<steps).flatMap { step in
        (0..<rows * port.width).map {
          shard.output(port.name, step: step)[$0 / port.width * stride + $0 % port.width]
        }
      }
    }
  }

  /// Weights with which z is exactly zero.
  static func silenced(_ parameters: [String: [Float]]) -> [String: [Float]] {
    var parameters = parameters
    for name in ["modulator/z/weight", "modulator/z/bias"] {
      parameters[name] = parameters[name].map { Array(repeating: 0, count: $0.count) }
    }
    return parameters
  }

  static func network(_ form: ModulatedLayer.Form, _ activation: Activation = .sReLU) -> NMDNetwork
  {
    var network = NMDNetwork()
    (network.sizes, network.modulationSize, network.hidden) = ([7], 5, [9, 6])
    (network.modulation, network.activation) = (form, activation)
    return network
  }

  @Test(arguments: Activation.allCases)
  func codeFormWithoutModulationIsThePlainNetwork(_ activation: Activation) throws {
    let modulated = Self.program(Self.network(.code, activation))
    var plainNetwork = RecurrentNetwork()
    (plainNetwork.sizes, plainNetwork.hidden, plainNetwork.feedback) = ([], [9, 6], false)
    plainNetwork.activation = activation
    let plain = Self.program(plainNetwork)
    let parameters = Self.silenced(Self.parameters(of: modulated))

    // In Double, where both add the bias last: the same bits.
    let a = try Self.reference(modulated, parameters)
    let b = try Self.reference(plain, parameters)
    for head in Self.heads {
      #expect(
        a.outputs[modulated.output(head.name)] == b.outputs[plain.output(head.name)], "\(head.name)"
      )
    }
    #expect(a.outputs[modulated.output("z")].joined().allSatisfy { $0 == 0 })

    // In Float32 the plain network's product begins with the bias; the modulated one's ends with it.
    let (x, y) = (try Self.fast(modulated, parameters), try Self.fast(plain, parameters))
    for head in Self.heads {
      let (u, v) = (x[modulated.output(head.name)], y[plain.output(head.name)])
      let scale = v.map(abs).max() ?? 1
      #expect(zip(u, v).allSatisfy { abs($0 - $1) <= 4e-7 * scale }, "\(head.name)")
    }

    // And what the modulation could have done does not matter to a bit.
    var others = parameters
    for (name, values) in parameters where name.hasSuffix("/scale") || name.hasSuffix("/shift") {
      others[name] = values.map { 1 - 3 * $0 }
    }
    #expect(try Self.fast(modulated, others) == x)
  }

  @Test(arguments: [(Activation.sReLU, 0.0), (.sigmoid, 0.5), (.tanh, 0), (.relu, 0)])
  func paperFormWithoutModulationIsTheActivationOfZero(_ activation: Activation, expected: Double)
    throws
  {
    let tracer = Tracer()
    let layer = ModulatedLayer(
      size: 5, form: .paper, activation: activation, weights: .init(.normal, scale: 1))
    let (y, scale) = layer(
      tracer.input("x", width: 3), modulation: tracer.input("z", width: 2), in: tracer)
    tracer.output("y", y)
    tracer.output("scale", scale)
    let program = tracer.finish()
    let inputs = [[[0.3, -2, 5]], [[0, 0]]]
    let values = Self.parameters(of: program)
    let run = ReferenceExecutor(program).forward(
      inputs, steps: 1, rows: 1,
      parameters: program.parameters.map { values[$0.name, default: []].map(Double.init) })
    #expect(run.outputs[0][0] == Array(repeating: expected, count: 5))
    #expect(run.outputs[1][0] == Array(repeating: 0, count: 5))

    // The whole network: modulated heads without modulation give zero.
    let network = Self.program(Self.network(.paper, activation))
    let outputs = try Self.fast(network, Self.silenced(Self.parameters(of: network)))
    for head in Self.heads {
      #expect(outputs[network.output(head.name)].allSatisfy { $0 == 0 })
    }
  }

  /// Slopes follow z of the same step, or of the one before: 1, and then 1 + zₜ₋₁ S.
  @Test(arguments: [false, true]) func slopesFollowTheSignal(previous: Bool) throws {
    var network = Self.network(.code)
    network.hiddenUsesPreviousZ = previous
    let program = Self.program(network)
    let parameters = Self.parameters(of: program)
    let run = try Self.reference(program, parameters)
    let z = run.outputs[program.output(NMDNetwork.signalOutput)]
    #expect(z.joined().contains { $0 > 0.1 }, "the signal is silent")
    #expect(z.joined().allSatisfy { $0 >= 0 })
    let matrix = try #require(parameters["hidden0/scale"]).map(Double.init)
    let slopes = run.outputs[program.output(NMDNetwork.scaleOutput(0))]
    for step in 0..<Self.steps {
      for row in 0..<Self.rows {
        for neuron in 0..<9 {
          let source = previous ? step - 1 : step
          let sum = (0..<5).reduce(0.0) { sum, i in
            source < 0 ? 0 : sum + z[source][row * 5 + i] * matrix[i * 9 + neuron]
          }
          #expect(abs(slopes[step][row * 9 + neuron] - (1 + sum)) < 1e-14)
        }
      }
    }
    #expect(slopes[0].allSatisfy { $0 == 1 } == previous)
  }

  /// The modulator sees xₜ₋₁ and the main network xₜ: z does not depend on the present observation.
  @Test func modulatorDoesNotSeeThePresentObservation() throws {
    let program = Self.program(Self.network(.code))
    let values = program.parameters.map { parameter in
      Self.parameters(of: program)[parameter.name, default: []].map(Double.init)
    }
    var inputs = Self.inputs(of: program)
    let executor = ReferenceExecutor(program)
    func signal() -> [[Double]] {
      executor.forward(inputs, steps: Self.steps, rows: Self.rows, parameters: values)
        .outputs[program.output(NMDNetwork.signalOutput)]
    }
    let before = signal()
    inputs[program.input(NetworkInput.Port.observation)][2] = Array(repeating: 9, count: 12)
    let after = signal()
    #expect(Array(after[...2]) == Array(before[...2]))
    #expect(after[3] != before[3])
  }
}
