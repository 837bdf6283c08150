/// One time step of a computation with parameters and memory, traced once.
///
/// Shapes are static. Executors run a program over many time steps and many rows; the gradient is
/// another graph derived from it.
public struct Program: Sendable {
  /// A named row that enters or leaves the step.
  public struct Port: Sendable, Hashable {
    /// The name.
    public let name: String
    /// Numbers in a row.
    public let width: Int
    /// What is drawn for an input that nobody writes; nil for all other rows.
    public let noise: Noise?

    init(name: String, width: Int, noise: Noise? = nil) {
      self.name = name
      self.width = width
      self.noise = noise
    }
  }

  /// A row that the step hands to the next step.
  public struct State: Sendable, Hashable {
    /// The name.
    public let name: String
    /// Numbers in a row.
    public let width: Int
    /// The value of every number before the first step.
    public let initial: Float
  }

  /// Rows the step reads.
  public internal(set) var inputs: [Port] = []
  /// Memory.
  public internal(set) var states: [State] = []
  /// Rows the step produces.
  public internal(set) var outputs: [Port] = []
  /// What is learned, in the order in which the trace named it.
  public internal(set) var parameters: [Parameter] = []

  var graph = Graph()
  /// The node of each output.
  var outputNodes: [Int] = []
  /// The node that becomes each state.
  var nextStates: [Int] = []

  /// The number of numbers in all parameters.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// The index of the input of that name.
  public func input(_ name: String) -> Int { index(name, in: inputs, \.name, "input") }
  /// The index of the output of that name.
  public func output(_ name: String) -> Int { index(name, in: outputs, \.name, "output") }
  /// The index of the state of that name.
  public func state(_ name: String) -> Int { index(name, in: states, \.name, "state") }
  /// The index of the parameter of that name.
  public func parameter(_ name: String) -> Int {
    index(name, in: parameters, \.name, "parameter")
  }

  /// The program without the outputs of these names, and without the work for what nobody else needs.
  public func without(outputs names: [String]) -> Program {
    var program = self
    let kept = outputs.indices.filter { !names.contains(outputs[$0].name) }
    program.outputs = kept.map { outputs[$0] }
    program.outputNodes = kept.map { outputNodes[$0] }
    return program
  }

  private func index<Named>(
    _ name: String, in all: [Named], _ nameOf: (Named) -> String, _ kind: String
  ) -> Int {
    guard let index = all.firstIndex(where: { nameOf($0) == name }) else {
      let names = all.map(nameOf).joined(separator: ", ")
      preconditionFailure("no \(kind) named \(name); there are \(names)")
    }
    return index
  }
}

/// A matrix or vector that is learned, or drawn once and fixed.
public struct Parameter: Sendable, Hashable {
  /// A path such as `modulator/gru0/recurrent`.
  public let name: String
  /// Rows of the matrix; 1 for a vector.
  public let rows: Int
  /// Columns of the matrix, or the length of the vector.
  public let columns: Int
  /// Whether it is a vector.
  public let isVector: Bool
  /// How its numbers begin.
  public let initializer: Initializer
  /// Where its numbers stay: whatever changes them, they are moved to the nearest one in here.
  public let range: ClosedRange<Float>?
  /// Whether there is a derivative by it, so that optimizers change it.
  public let isLearned: Bool
  /// Which of its entries are connections, and their delays; nil for all of them and none.
  public let wiring: Wiring?
  /// The part of its connections that is left out at random in each training step, see ``DropConnect``.
  public let dropRate: Float

  /// The number of its numbers.
  public var count: Int { rows * columns }
  /// The shape as safetensors has it.
  public var shape: [Int] { isVector ? [columns] : [rows, columns] }
  /// Rows of the matrix as products see it.
  var matrixRows: Int { rows * (wiring?.delays ?? 1) }
}
