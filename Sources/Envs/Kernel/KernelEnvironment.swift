import CKernels
import Tensor

/// The rows that a kernel steps: numbers of states and of constants in columns, everything else row
/// after row.
public typealias KernelRows = metarl_rows

/// An environment whose rows advance together in one vectorised kernel.
///
/// The same kernel serves a ``KernelBatch`` of many rows and the single step of ``Environment``, so
/// the dynamics are written once, and both give the same bits if the kernel computes each row from
/// that row alone. A kernel draws no random numbers and never changes the task.
public protocol KernelEnvironment: Environment where State: Columnar {
  /// What the kernel needs to know of a task.
  associatedtype Constants: Columnar

  /// The numbers that `task` determines.
  func constants(of task: Task) -> Constants
  /// Advances the states of all rows, and writes executed actions, rewards and ends; adds to the
  /// counters.
  func advance(_ rows: KernelRows)
  /// Writes the observations of all rows.
  func observe(_ rows: KernelRows)
}

extension KernelEnvironment where Task == Constants {
  /// The task itself.
  public func constants(of task: Task) -> Task { task }
}

extension KernelEnvironment {
  /// Advances one row.
  public func step(
    _ state: inout State, of task: inout Task, action: UnsafeBufferPointer<Float>,
    using random: inout RandomStream, outcome: inout StepOutcome
  ) {
    var end: UInt8 = 0
    withSingleRow(state, task) { single in
      var rows = single
      rows.actions = action.baseAddress
      rows.executed = outcome.executedAction.baseAddress
      rows.counters = outcome.counters.baseAddress
      withUnsafeMutablePointer(to: &outcome.reward) { reward in
        rows.rewards = reward
        withUnsafeMutablePointer(to: &end) { end in
          rows.ends = end
          advance(rows)
        }
      }
      state = State.read(from: single.states, stride: 1)
    }
    outcome.end = StepEnd(terminated: end != 0, truncated: false)
  }

  /// Shows one row.
  public func observe(
    _ state: State, of task: Task, into observation: UnsafeMutableBufferPointer<Float>
  ) {
    withSingleRow(state, task) { single in
      var rows = single
      rows.observations = observation.baseAddress
      observe(rows)
    }
  }

  /// Calls `body` with a batch of one row whose columns are those of `state` and `task`.
  private func withSingleRow(_ state: State, _ task: Task, _ body: (KernelRows) -> Void) {
    let stateCount = State.columnCount
    withUnsafeTemporaryAllocation(
      of: Double.self, capacity: stateCount + Constants.columnCount
    ) { columns in
      guard let start = columns.baseAddress else { return }
      state.write(to: start, stride: 1)
      constants(of: task).write(to: start + stateCount, stride: 1)
      var rows = KernelRows()
      rows.count = 1
      rows.stride = 1
      rows.states = start
      rows.constants = UnsafePointer(start + stateCount)
      body(rows)
    }
  }
}
