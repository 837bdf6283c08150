import Autodiff
import NeuroMod

/// Means of signals inside a network, unit by unit, over rows and steps.
struct SignalMeans {
  /// The outputs of the network that are looked at.
  let signals: [Program.Port]
  /// Rows times steps that the means are over.
  private(set) var count = 0
  /// By signal and unit.
  private var sums: [[Double]]

  /// No row of these signals yet.
  init(_ signals: [Program.Port]) {
    self.signals = signals
    sums = signals.map { Array(repeating: 0, count: $0.width) }
  }

  /// No row yet of the signals by which cells say how active they are. Networks without spikes and
  /// events have none.
  init(activityOf program: Program) {
    self.init(program.activitySignals)
  }

  /// Forgets all rows.
  mutating func clear() {
    count = 0
    for signal in sums.indices {
      for unit in sums[signal].indices { sums[signal][unit] = 0 }
    }
  }

  /// Adds the first `rows` rows of the first `steps` steps that a shard has just run.
  mutating func add(_ shard: Shard, steps: Int, rows: Int) {
    add(shard, steps: steps) { _ in rows }
  }

  /// Adds the first `rows` rows of each of the first `steps` steps that a shard has just run.
  mutating func add(_ shard: Shard, steps: Int, rows: (_ step: Int) -> Int) {
    for step in 0..<steps { count += rows(step) }
    for (index, signal) in signals.enumerated() {
      let stride = shard.outputStride(signal.name)
      sums[index].withUnsafeMutableBufferPointer { sums in
        for step in 0..<steps {
          var row = shard.output(signal.name, step: step)
          for _ in 0..<rows(step) {
            for unit in sums.indices { sums[unit] += Double(row[unit]) }
            row += stride
          }
        }
      }
    }
  }

  /// Adds all rows and steps that a shard has just run, of signals of which it keeps only the totals.
  mutating func addTotals(of shard: Shard) {
    count += shard.steps * shard.rows
    for (index, signal) in signals.enumerated() {
      let total = shard.total(signal.name)
      for unit in sums[index].indices { sums[index][unit] += total[unit] }
    }
  }

  /// Adds other rows of the same signals.
  mutating func add(_ other: Self) {
    count += other.count
    for signal in sums.indices {
      for unit in sums[signal].indices { sums[signal][unit] += other.sums[signal][unit] }
    }
  }

  /// The mean of one unit of a signal.
  func mean(of signal: Int, unit: Int) -> Double { sums[signal][unit] / Double(count) }

  /// The mean of each signal over its units, called after its output.
  func metrics(_ prefix: String? = nil) -> [Metric] {
    zip(signals, sums).map { signal, sums in
      Metric(
        (prefix.map { $0 + "/" } ?? "") + signal.name,
        sums.reduce(0, +) / Double(count * signal.width))
    }
  }
}

extension SignalMeans {
  /// The mean of each signal over all rows of the first `steps` steps that shards have just run.
  static func metrics(
    _ prefix: String, of signals: [Program.Port], in shards: [Shard], steps: Int
  ) -> [Metric] {
    var means = SignalMeans(signals)
    for shard in shards { means.add(shard, steps: steps, rows: shard.rows) }
    return means.metrics(prefix)
  }
}

extension Program {
  /// The outputs by which cells say how active their units are.
  var activitySignals: [Port] { ports(called: CellOutput.activity) }

  /// The outputs by which cells say where no derivative flows back through spikes and events.
  var backwardSparsitySignals: [Port] { ports(called: CellOutput.backwardSparsity) }

  private func ports(called name: String) -> [Port] {
    outputs(called: name).map { outputs[output($0)] }
  }
}
