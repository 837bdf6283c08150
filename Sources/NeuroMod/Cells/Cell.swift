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
}

extension Registry<CellFactory> {
  /// The cells that come with MetaRL.
  public static let standard: Registry<CellFactory> = {
    var registry = Registry<CellFactory>(kind: "cell")
    registry.register(
      "gru", "Gated recurrent unit; reset before or after the recurrent product.", GRU.self)
    registry.register("lstm", "Long short-term memory with forget gates.", LSTM.self)
    registry.register("rnn", "Plain recurrent network.", PlainRNN.self)
    return registry
  }()

  /// Adds a cell type under `name`.
  public mutating func register<NewCell: Cell>(
    _ name: String, _ summary: String, _ type: NewCell.Type
  ) {
    register(
      Entry(name, summary, options: NewCell.self) { cell in
        CellFactory { size in
          var cell = cell
          cell.size = size
          return cell
        }
      })
  }
}

/// A cell named in a configuration, with its options.
public struct CellChoice: JSONRepresentable {
  /// Where names are looked up. The experiment binds it to its own library while it reads.
  @TaskLocal public static var registry = Registry<CellFactory>.standard

  /// The name with every option filled in.
  public let json: JSONValue
  private let factory: CellFactory

  /// The cell called `name` with default options. The name must exist.
  public init(_ name: String) {
    do {
      try self.init(json: .string(name), at: .root)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// Reads a name, or an object with a name and options.
  ///
  /// - Throws: ``ConfigurationError`` for an unknown name or unfitting options.
  public init(json: JSONValue, at path: JSONPath) throws {
    (factory, self.json) = try Self.registry.make(json, at: path)
  }

  /// Whatever the registry of cells knows.
  public static var schemaMembers: [JSONValue.Member] {
    [.init("$ref", .string("#/$defs/cell"))]
  }

  /// The cell with `size` units.
  public func cell(size: Int) -> any Cell { factory.make(size) }
}
