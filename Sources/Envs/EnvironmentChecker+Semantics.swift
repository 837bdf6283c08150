import Scenes
import Tensor

/// Checks of the numbers and of what they mean.
extension EnvironmentChecker {
  func checkSpecification() -> Finding {
    let names = factory.referencePolicies.map(\.name).joined(separator: ", ")
    return finding(
      "specification", "rows to compare with: \(names)", problem: specificationProblem)
  }

  /// What is wrong with the specification. A batch is made last, which an impossible specification would
  /// not survive.
  private var specificationProblem: String? {
    let space = specification.observationSpace
    if let horizon = specification.horizon, horizon < 1 {
      return "the horizon is \(horizon); an episode needs at least one step"
    }
    if let index = space.low.indices.first(where: { !(space.low[$0] <= space.high[$0]) }) {
      return "observationSpace is empty in component \(index)"
    }
    if case .discrete(let count) = specification.actionSpace, count < 1 {
      return "there are \(count) actions to choose from"
    }
    return makeBatch().specification == specification
      ? nil : "a batch says other sizes or names of itself than its factory does"
  }

  func checkNumbers() -> Finding {
    let name = "numbers"
    let batch = makeBatch()
    if let problem = numbersProblem(batch, step: 0) {
      return finding(name, "", problem: problem)
    }
    let problem = walk(batch) { numbersProblem(batch, step: $0) }
    return finding(
      name, "observations lie in their space and all is finite for \(steps) steps",
      problem: problem)
  }

  /// What is wrong with the numbers that `batch` shows.
  func numbersProblem(_ batch: any VectorEnvironment, step: Int) -> String? {
    let space = specification.observationSpace
    for row in 0..<batch.count {
      let place = "at step \(step) in row \(row)"
      for index in 0..<space.count {
        for (kind, start) in [
          ("observation", batch.observations), ("final observation", batch.finalObservations),
        ] {
          let value = start[row * space.count + index]
          guard value.isFinite else { return "\(kind)[\(index)] is \(value) \(place)" }
          guard value >= space.low[index] && value <= space.high[index] else {
            return "\(kind)[\(index)] is \(value) \(place), outside \(space.low[index]) to "
              + "\(space.high[index]). Widen observationSpace or clip what is observed."
          }
        }
      }
      guard batch.rewards[row].isFinite else {
        return "the reward is \(batch.rewards[row]) \(place)"
      }
    }
    return nil
  }

  func checkEnds() -> Finding {
    let batch = makeBatch()
    var lengths = Array(repeating: 0, count: rows)
    var (episodes, falls) = (0, 0)
    let size = specification.observationSpace.count
    let limit = specification.horizon
    // Long enough for a few time limits, within reason.
    let enough = max(steps, min(3 * (limit ?? 0), 20 * steps))
    let problem = walk(batch, steps: enough) { step in
      for row in 0..<rows {
        lengths[row] += 1
        let (end, length) = (batch.ends[row], lengths[row])
        if let limit, end.isTruncated != (length == limit) {
          return
            "row \(row) has the end “\(end)” after \(length) steps with a horizon of \(limit). "
            + "An episode is truncated at its horizon, neither before nor after."
        }
        if !end.isEnd {
          for index in row * size..<(row + 1) * size
          where batch.observations[index].bitPattern != batch.finalObservations[index].bitPattern {
            return "row \(row) goes on after step \(step), yet its observation is not its final one"
          }
        } else {
          episodes += 1
          falls += end.isTerminal ? 1 : 0
          lengths[row] = 0
        }
      }
      return nil
    }
    return finding(
      "ends", "\(episodes) episodes ended, \(falls) of them in a final state", problem: problem)
  }

  func checkAutoresetOff() -> Finding {
    let batch = makeBatch()
    batch.autoreset = false
    var finished: [BatchSnapshot?] = Array(repeating: nil, count: rows)
    let enough = max(steps, min((specification.horizon ?? 0) + 10, 20 * steps))
    var problem = walk(batch, steps: enough) { step in
      for row in 0..<rows {
        let now = BatchSnapshot(batch, rows: row..<row + 1)
        if let before = finished[row] {
          guard batch.rewards[row] == 0 else {
            return "row \(row) was over, yet step \(step) gave a reward"
          }
          if let array = now.difference(from: before, ignoring: "rewards") {
            return "row \(row) was over, yet step \(step) changed its \(array)"
          }
        } else if batch.ends[row].isEnd {
          finished[row] = now
        }
      }
      return nil
    }
    if problem == nil {
      batch.reset()
      for row in 0..<rows where batch.ends[row] != .running || batch.rewards[row] != 0 {
        problem = "a reset leaves the end or the reward of row \(row)"
      }
    }
    let count = finished.count { $0 != nil }
    return finding(
      "without autoreset", "\(count) finished rows stood still until the reset", problem: problem)
  }

  func checkTaskWithinTrial() -> Finding {
    let batch = makeBatch()
    var before = (0..<rows).map { batch.taskParameters(row: $0) }
    var (kept, total) = (0, 0)
    let enough = max(steps, min(3 * (specification.horizon ?? 0), 20 * steps))
    let problem = walk(batch, steps: enough) { step in
      for row in 0..<rows {
        let task = batch.taskParameters(row: row)
        guard task.count == factory.taskParameterNames.count else {
          return "a task has \(task.count) parameters and \(factory.taskParameterNames.count) names"
        }
        if batch.ends[row].isEnd {
          total += 1
          if !batch.endsTrial(row: row) {
            kept += 1
            guard task == before[row] else {
              return "the task of row \(row) changed at step \(step) with an episode that did not "
                + "end the trial. A reset never changes the task."
            }
          }
        } else if batch.endsTrial(row: row) {
          return "row \(row) ended a trial at step \(step) without ending an episode"
        }
        before[row] = task
      }
      return nil
    }
    let success =
      kept == 0
      ? "every episode was a trial of its own (\(total) seen)"
      : "\(kept) of \(total) episodes ended within a trial and kept their task"
    return finding("task within a trial", success, problem: problem)
  }

  func checkCounters() -> Finding {
    let batch = makeBatch()
    let names = specification.counterNames
    var before = Array(repeating: Float(0), count: rows * names.count)
    var isFresh = Array(repeating: true, count: rows)
    var problem = walk(batch) { step in
      for row in 0..<rows {
        for (offset, name) in names.enumerated() {
          let index = row * names.count + offset
          let value = batch.counters[index]
          guard value.isFinite, value >= (isFresh[row] ? 0 : before[index]) else {
            return
              "\(name) of row \(row) went from \(isFresh[row] ? 0 : before[index]) to \(value) "
              + "at step \(step). Counters only grow within an episode."
          }
          before[index] = value
        }
        isFresh[row] = batch.ends[row].isEnd
      }
      return nil
    }
    batch.reset()
    for index in 0..<rows * names.count where batch.counters[index] != 0 {
      problem =
        problem ?? "a reset leaves \(names[index % names.count]) at \(batch.counters[index])"
    }
    let success = names.isEmpty ? "there are none" : names.joined(separator: ", ")
    return finding("counters", success, problem: problem)
  }

  func checkExecutedActions() -> Finding {
    let batch = makeBatch()
    let size = specification.executedActionSize
    var problem = walk(batch) { step in
      for index in 0..<rows * size where !batch.executedActions[index].isFinite {
        return "executed action \(index % size) of row \(index / size) is "
          + "\(batch.executedActions[index]) at step \(step)"
      }
      return nil
    }
    batch.reset()
    for index in 0..<rows * size where batch.executedActions[index] != 0 {
      problem = problem ?? "a reset leaves an executed action of \(batch.executedActions[index])"
    }
    return finding("executed actions", "finite, and zero after a reset", problem: problem)
  }

  func checkScene() -> Finding {
    let batch = makeBatch()
    var shapes = batch.scene(row: 0)?.shapes.count
    let problem = walk(batch, steps: min(steps, 300)) { step in
      for row in 0..<rows {
        let scene = batch.scene(row: row)
        guard scene?.isDrawable != false else {
          return "the scene of row \(row) at step \(step) has a number that is not finite, or a "
            + "length that is not positive"
        }
        shapes = scene?.shapes.count
      }
      return nil
    }
    return finding(
      "scene", shapes.map { "\($0) shapes" } ?? "the environment has no looks", problem: problem)
  }

  /// Steps `batch` with random actions; `body` looks at it after each step, counted from 1.
  private func walk(
    _ batch: any VectorEnvironment, steps: Int? = nil, _ body: (Int) -> String?
  ) -> String? {
    var actions = RandomActions(space: specification.actionSpace, rows: 0..<rows, key: key)
    return firstProblem(steps: steps ?? self.steps) { step in
      actions.advance()
      batch.step(actions.values)
      return body(step + 1)
    }
  }
}
