/// Records one time step as a ``Program``.
///
/// ```swift
/// let tracer = Tracer()
/// let x = tracer.input("x", width: 6)
/// let h = tracer.state("h", width: 32)
/// let input = tracer.matrix("input", rows: 6, columns: 32, .truncatedNormal(0.1))
/// let recurrent = tracer.matrix("recurrent", rows: 32, columns: 32, .orthogonal(gain: 1))
/// let next = (x.product(input) + h.product(recurrent)).tanh()
/// tracer.update(h, to: next)
/// tracer.output("y", next)
/// let program = tracer.finish()
/// ```
///
/// Names are paths; ``scope(_:_:)`` adds a step to the path.
public final class Tracer {
  var program = Program()
  private var path: [String] = []
  private var nextStates: [Int?] = []
  /// The state that a node was returned for; looked up, never iterated.
  private var stateOfNode: [Int: Int] = [:]
  private var restart: Value?

  /// An empty trace.
  public init() {}

  /// Runs `body` with `name` appended to the path of every name it declares.
  public func scope<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    path.append(name)
    defer { path.removeLast() }
    return try body()
  }

  /// The current path, such as `modulator/recurrent0`.
  public var scopePath: String { path.joined(separator: "/") }

  /// `name` below the current path.
  func qualified(_ name: String) -> String { (path + [name]).joined(separator: "/") }

  /// Declares an input row. The path does not apply: inputs belong to the whole program.
  public func input(_ name: String, width: Int) -> Value {
    input(Program.Port(name: name, width: width))
  }

  func input(_ port: Program.Port) -> Value {
    precondition(port.width > 0, "input \(port.name) needs a positive width")
    if let known = program.inputs.firstIndex(where: { $0.name == port.name }) {
      precondition(program.inputs[known] == port, "there are two different inputs \(port.name)")
      return emit(.input(known), [], width: port.width)
    }
    program.inputs.append(port)
    return emit(.input(program.inputs.count - 1), [], width: port.width)
  }

  /// From here on, states return to their initial value, without gradient, where `mask` is not zero:
  /// at the first step of a trial, say.
  public func restartStates(where mask: Value) {
    precondition(mask.width == 1, "a row restarts as a whole")
    restart = mask
  }

  /// Declares a state and returns its value before the step.
  public func state(_ name: String, width: Int, initial: Float = 0) -> Value {
    let name = qualified(name)
    precondition(width > 0, "state \(name) needs a positive width")
    precondition(!program.states.contains { $0.name == name }, "two states are named \(name)")
    program.states.append(.init(name: name, width: width, initial: initial))
    nextStates.append(nil)
    var value = emit(.state(program.states.count - 1), [], width: width)
    if let restart { value = restart.select(constant(initial, width: width), value) }
    stateOfNode[value.id] = program.states.count - 1
    return value
  }

  /// What `value` is now, was one step ago, two steps ago and so on, side by side: `count` rows of it
  /// in one.
  ///
  /// The states `name1`, `name2` … share the memory of what they remember.
  public func delayLine(_ name: String, _ value: Value, count: Int) -> Value {
    precondition(count > 0, "a delay line has at least the present")
    var line = [value]
    for delay in 1..<count {
      let earlier = state("\(name)\(delay)", width: value.width)
      update(earlier, to: line[delay - 1])
      line.append(earlier)
    }
    return .concatenate(line)
  }

  /// Says what a state becomes after the step.
  public func update(_ state: Value, to next: Value) {
    guard let index = stateOfNode[state.id] else {
      preconditionFailure("update(_:to:) needs a value returned by state(_:width:)")
    }
    precondition(next.width == state.width, "a state keeps its width")
    precondition(nextStates[index] == nil, "state \(program.states[index].name) is updated twice")
    nextStates[index] = next.id
  }

  /// Declares a matrix parameter of `rows` inputs and `columns` outputs; fixed where not `isLearned`.
  ///
  /// - Parameters:
  ///   - wiring: with it, the matrix multiplies rows of `rows · delays` numbers, see
  ///     ``delayLine(_:_:count:)``.
  ///   - dropRate: the part of the connections that training steps leave out, see ``DropConnect``.
  public func matrix(
    _ name: String, rows: Int, columns: Int, _ initializer: Initializer, isLearned: Bool = true,
    wiring: Wiring? = nil, dropRate: Float = 0
  ) -> MatrixParameter {
    let index = declare(
      Parameter(
        name: qualified(name), rows: rows, columns: columns, isVector: false,
        initializer: initializer, range: nil, isLearned: isLearned, wiring: wiring,
        dropRate: dropRate))
    return MatrixParameter(
      index: index, rows: program.parameters[index].matrixRows, columns: columns)
  }

  /// Declares a vector parameter, the same in each row of the batch.
  ///
  /// - Parameters:
  ///   - range: where its numbers stay, by projection after each update.
  ///   - isLearned: false for numbers that are drawn once and fixed.
  public func vector(
    _ name: String, width: Int, _ initializer: Initializer = .zeros,
    in range: ClosedRange<Float>? = nil, isLearned: Bool = true
  ) -> Value {
    let index = declare(
      Parameter(
        name: qualified(name), rows: 1, columns: width, isVector: true, initializer: initializer,
        range: range, isLearned: isLearned, wiring: nil, dropRate: 0))
    return emit(.vector(parameter: index), [], width: width)
  }

  private func declare(_ parameter: Parameter) -> Int {
    let name = parameter.name
    precondition(
      parameter.rows > 0 && parameter.columns > 0, "parameter \(name) needs positive sizes")
    precondition(
      !program.parameters.contains { $0.name == name }, "two parameters are named \(name)")
    program.parameters.append(parameter)
    return program.parameters.count - 1
  }

  /// The same number in each column.
  public func constant(_ value: Float, width: Int) -> Value {
    emit(.constant(value), [], width: width)
  }

  /// Names a result of the step.
  public func output(_ name: String, _ value: Value) {
    let name = qualified(name)
    precondition(!program.outputs.contains { $0.name == name }, "two outputs are named \(name)")
    program.outputs.append(.init(name: name, width: value.width))
    program.outputNodes.append(value.id)
  }

  /// The finished program. Every state must have been updated.
  public func finish() -> Program {
    for (state, next) in zip(program.states, nextStates) {
      precondition(next != nil, "state \(state.name) is never updated")
    }
    program.nextStates = nextStates.compactMap { $0 }
    return program
  }

  func emit(_ operation: Operation, _ operands: [Int], width: Int) -> Value {
    Value(tracer: self, id: program.graph.emit(operation, operands, width: width), width: width)
  }
}

extension Program {
  /// The program of the time step that `body` records.
  public init(_ body: (Tracer) throws -> Void) rethrows {
    let tracer = Tracer()
    try body(tracer)
    self = tracer.finish()
  }
}

/// A handle on a matrix parameter, for ``Value/product(_:)``.
public struct MatrixParameter: Sendable {
  let index: Int
  /// Numbers of a row that it multiplies.
  public let rows: Int
  /// Outputs.
  public let columns: Int
}
