import Autodiff
import Configuration

/// One recurrent layer, written as one time step.
///
/// `step` declares the layer's parameters and states in the current scope of the tracer and returns
/// the layer's output. Unrolling in time, the gradient, batching and checkpoints follow from that.
/// A cell's options are its ``Configurable`` fields; its size is set by the network that uses it.
public protocol Cell: Configurable {
  /// Units, and numbers in the output row.
  var size: Int { get set }
  /// Traces one time step.
  func step(_ input: Value, in tracer: Tracer) -> Value
}

/// Makes a cell of a given size: what the registry of cells holds.
public struct CellFactory: Sendable {
  /// A cell of `size` units.
  public let make: @Sendable (_ size: Int) -> any Cell

  /// Makes copies of `cell` with other sizes.
  public init(_ cell: some Cell) {
    make = { size in
      var sized = cell
      sized.size = size
      return sized
    }
  }
}

extension Registry<CellFactory> {
  /// The cells that come with MetaRL.
  public static let standard: Registry<CellFactory> = {
    var registry = Registry<CellFactory>(kind: "cell")
    registry.register(
      "gru", "Gated recurrent unit; reset before or after the recurrent product.", GRU.self)
    registry.register("lstm", "Long short-term memory with forget gates.", LSTM.self)
    registry.register("mgu", "Minimal gated unit: one gate forgets and writes.", MGU.self)
    registry.register("rnn", "Plain recurrent network.", PlainRNN.self)
    registry.register(
      "brc", "Bistable recurrent cell: each unit remembers by its own feedback.", BRC.self)
    registry.register(
      "nbrc", "Bistable cell whose feedback and gate are set by the whole layer.", NBRC.self)
    registry.register(
      "bmru", "Hysteresis of two states; holds for ever, independent of past states.", BMRU.self)
    registry.register(
      "lru", "Linear recurrent unit: a diagonal linear filter of complex states.", LRU.self)
    registry.register(
      "src", "Spiking recurrent cell: spikes from smooth equations, trained as usual.", SRC.self)
    registry.register(
      "lsnn", "Spiking neurons with and without adaptive thresholds (LIF and ALIF), with delays.",
      otherNames: ["lif", "alif"], LSNN.self)
    registry.register(
      "egru", "Gated recurrent units that speak by events, silent most of the time.", EGRU.self)
    registry.register(
      "integrator", "Untrained read-out of spikes: sums of blocks of the input.", Integrator.self)
    registry.register("stack", "Cells of different kinds, one after the other.", Stack.self)
    registry.register("double", "Two cells side by side on the same input.", DoubleLayer.self)
    registry.register(
      "block", "A cell with normalisation, gated linear unit and residual.", ResidualBlock.self)
    return registry
  }()

  /// Adds a cell type under `name`.
  public mutating func register<NewCell: Cell>(
    _ name: String, _ summary: String, otherNames: [String] = [], _ type: NewCell.Type
  ) {
    register(
      Entry(name, summary, otherNames: otherNames, options: NewCell.self) { CellFactory($0) })
  }
}

/// A cell named in a configuration, with its options.
public struct CellChoice: RegistryChoice {
  /// Cells.
  public static var kind: String { "cell" }
  /// Where names are looked up. The experiment binds it to its own library while it reads.
  @TaskLocal public static var registry = Registry<CellFactory>.standard

  /// The name with every option filled in.
  public let json: JSONValue
  private let factory: CellFactory

  /// A cell that has been looked up.
  public init(_ factory: CellFactory, json: JSONValue) {
    self.factory = factory
    self.json = json
  }

  /// `cell`, which is registered under `name`. For defaults of cells that hold cells, which cannot be
  /// looked up while the registry is being made.
  public init(_ name: String, _ cell: some Cell) {
    var members = [JSONValue.Member("name", .string(name))]
    if case .object(let options) = cell.json { members += options }
    self.init(CellFactory(cell), json: .object(members))
  }

  /// The cell with `size` units.
  public func cell(size: Int) -> any Cell { factory.make(size) }
}
