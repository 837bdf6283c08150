import Autodiff
import NeuroMod
import Tensor

/// Runs a network along sequences, each up to a random place, and from there on under a constant input,
/// to see how many attractors the sequences lead to.
///
/// Sequences of a shard end in the same step; a row's states begin when its sequence does. Rows are
/// sorted by length, so that shards waste little.
public final class Relaxation {
  /// A recurrent layer.
  public struct Layer: Sendable {
    /// Its scope in the network.
    public let path: String
    /// Numbers it reads in a step.
    public let inputWidth: Int
    /// Its states, as indices of the program: those of the part that is looked at.
    public let states: [Int]
  }

  /// The network with layers that can be cut off.
  public let program: Program
  /// The recurrent layers, from the input on.
  public let layers: [Layer]

  private static let begins = "begins"
  private let part: String
  private let source: any TrajectorySource
  private let executor: Executor
  private let firstRows: [Int]
  private let rows: Int
  /// The sequences of all rows, longest first, and how many steps each shard ran.
  private var trajectories: [Trajectory] = []
  private var lengths: [Int]
  /// By layer: the derivative of its VAA* by its states.
  private var gradients: [[Double]] = []

  /// - Parameters:
  ///   - part: the scope within each layer whose states are looked at, such as `first`; empty for the
  ///     whole layer.
  ///   - rows: sequences of each shard.
  ///   - relaxationSteps: the largest number of steps under constant input for ``smooth(after:distance:using:pool:)``;
  ///     nil where that is not wanted.
  public init(
    _ source: any TrajectorySource, parameters: ParameterStore, part: String = "", rows: [Int],
    relaxationSteps: Int? = nil
  ) {
    let program = Program { tracer in
      tracer.restartStates(where: tracer.input(Self.begins, width: 1))
      source.trace(in: tracer)
    }
    self.program = program
    self.source = source
    self.part = part
    layers = LayerIsolation.layers(of: program).map { path in
      let scope = Self.scope(of: path, part: part)
      return Layer(
        path: path,
        inputWidth: program.inputs[program.input(LayerIsolation.input(of: path))].width,
        states: program.states.indices.filter { program.states[$0].name.hasPrefix(scope) })
    }
    // The derivative is handed in by the last states; an objective is there for the backward pass.
    executor = Executor(
      program, parameters: parameters, rows: rows, steps: source.longest + (relaxationSteps ?? 0),
      objectives: relaxationSteps == nil ? [] : [program.outputs[0].name], givesStateGradients: true
    )
    firstRows = Partition.starts(of: rows)
    self.rows = rows.reduce(0, +)
    lengths = rows.map { _ in 0 }
  }

  private static func scope(of path: String, part: String) -> String {
    part.isEmpty ? path + "/" : "\(path)/\(part)/"
  }

  // MARK: Counting

  /// VAA of all layers together, after `steps` steps under one constant input u ~ N(0, 1) of the whole
  /// network.
  public func counted(
    after steps: Int, distance: Double, using random: inout RandomStream, pool: ThreadPool
  ) -> Double {
    draw(using: &random)
    let own = [Self.begins, LayerIsolation.mask] + layers.map { LayerIsolation.input(of: $0.path) }
    let ports = program.writtenInputs.filter { !own.contains($0.name) }
    let constants = ports.map { port in (0..<port.width).map { _ in random.normal() } }
    executor.prepare()
    pool.run(executor.shards.count) { index in
      let shard = executor.shards[index]
      lead(shard, firstRow: firstRows[index], relaxationSteps: 0)
      let length = trajectories[firstRows[index]].length
      shard.forward(0..<length)
      shard.carryStates(from: length)
      clear(shard, steps: shard.steps)
      for (port, constant) in zip(ports, constants) {
        fill(port.name, of: shard, steps: 0..<shard.steps, with: constant)
      }
      for start in stride(from: 0, to: steps, by: shard.steps) {
        let count = min(shard.steps, steps - start)
        shard.forward(0..<count)
        shard.carryStates(from: count)
      }
      lengths[index] = 0
    }
    return VariabilityAmongAttractors.counted(
      states(layers.flatMap(\.states)), rows: rows, distance: distance)
  }

  // MARK: Learning

  /// VAA* of each layer, cut off from the others, after `steps` steps under a constant input
  /// u ~ N(0, 1) of its own.
  public func smooth(
    after steps: Int, distance: Double, using random: inout RandomStream, pool: ThreadPool
  ) -> [Double] {
    draw(using: &random)
    let constants = layers.map { layer in (0..<layer.inputWidth).map { _ in random.normal() } }
    executor.prepare()
    pool.run(executor.shards.count) { index in
      let shard = executor.shards[index]
      lead(shard, firstRow: firstRows[index], relaxationSteps: steps)
      let length = trajectories[firstRows[index]].length
      let alone = length..<length + steps
      fill(LayerIsolation.mask, of: shard, steps: alone, with: [1])
      for (layer, constant) in zip(layers, constants) {
        fill(LayerIsolation.input(of: layer.path), of: shard, steps: alone, with: constant)
      }
      shard.forward(0..<alone.upperBound)
      lengths[index] = alone.upperBound
    }
    let values = layers.map { layer in
      VariabilityAmongAttractors.smooth(states(layer.states), rows: rows, distance: distance)
    }
    gradients = values.map(\.gradient)
    return values.map(\.value)
  }

  /// The derivative of a function of the last ``smooth(after:distance:using:pool:)`` by the parameters,
  /// through the steps under constant input and the sequences before. Zero outside of the part that is
  /// looked at.
  ///
  /// - Parameter slopes: the derivatives of the function by VAA* of each layer.
  public func gradient(_ slopes: [Double], pool: ThreadPool) -> UnsafeMutablePointer<Float> {
    pool.run(executor.shards.count) { index in
      let shard = executor.shards[index]
      let end = lengths[index]
      for state in program.states.indices {
        shard.stateGradient(state, step: end).update(
          repeating: 0, count: shard.rows * shard.stateWidths[state])
      }
      for (layer, (slope, gradient)) in zip(layers, zip(slopes, gradients)) {
        let width = gradient.count / rows
        var column = 0
        for state in layer.states {
          let target = shard.stateGradient(state, step: end)
          let own = shard.stateWidths[state]
          for row in 0..<shard.rows {
            for k in 0..<own {
              target[row * own + k] = Float(
                slope * gradient[(firstRows[index] + row) * width + column + k])
            }
          }
          column += own
        }
      }
      shard.backward(end, keepsLastStateGradient: true)
    }
    let total = executor.reduceGradients()
    let layout = executor.parameters.layout
    let scopes = layers.map { Self.scope(of: $0.path, part: part) }
    for (parameter, offset) in zip(layout.parameters, layout.offsets)
    where !part.isEmpty && !scopes.contains(where: parameter.name.hasPrefix) {
      (total + offset).update(repeating: 0, count: parameter.count)
    }
    return total
  }

  // MARK: Rows

  private func draw(using random: inout RandomStream) {
    trajectories = (0..<rows).map { _ in source.draw(using: &random) }
    trajectories.sort { ($0.length, $0.index) > ($1.length, $1.index) }
  }

  /// Writes the sequences of a shard, so that they end when its longest one does.
  private func lead(_ shard: Shard, firstRow: Int, relaxationSteps: Int) {
    let end = trajectories[firstRow].length
    clear(shard, steps: end + relaxationSteps)
    for row in 0..<shard.rows {
      let trajectory = trajectories[firstRow + row]
      let begin = end - trajectory.length
      source.write(trajectory, to: shard, row: row, from: begin)
      shard.input(Self.begins, step: begin)[row] = 1
    }
    shard.resetStates()
  }

  private func clear(_ shard: Shard, steps: Int) {
    for port in program.writtenInputs {
      shard.input(port.name).update(repeating: 0, count: steps * shard.rows * port.width)
    }
  }

  private func fill(_ port: String, of shard: Shard, steps: Range<Int>, with row: [Float]) {
    for step in steps {
      let target = shard.input(port, step: step)
      for place in 0..<shard.rows {
        (target + place * row.count).update(from: row, count: row.count)
      }
    }
  }

  /// `[rows × width]`: states side by side, after the last step of each shard.
  private func states(_ indices: [Int]) -> [Float] {
    var all: [Float] = []
    for (shard, length) in zip(executor.shards, lengths) {
      for row in 0..<shard.rows {
        for index in indices {
          let width = shard.stateWidths[index]
          all += UnsafeBufferPointer(
            start: shard.state(index, step: length) + row * width, count: width)
        }
      }
    }
    return all
  }
}
