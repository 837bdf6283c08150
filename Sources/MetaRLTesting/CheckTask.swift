import Sequences
import Tensor

/// Checks that a task on sequences keeps the promises learners rely on: the same example from the same
/// request, in any row and after any other; finite numbers; an answer in every example; classes that
/// exist.
///
/// ```swift
/// @Test func parityConforms() throws { try checkTask(Parity()) }
/// ```
///
/// - Parameters:
///   - task: the task with its options.
///   - examples: how many examples of each split are looked at.
/// - Returns: what was checked.
/// - Throws: ``ConformanceError`` naming each broken promise.
@discardableResult
public func checkTask(_ task: any SequenceTask, examples: Int = 40) throws -> ConformanceReport {
  let specification = task.specification
  var report = ConformanceReport("task \(specification.name)")
  let key = RandomKey(seed: 1)
  for split in DataSplit.allCases {
    let count = min(examples, specification.examples[split] ?? examples)
    guard count > 0 else { continue }
    let batch = SequenceBatch(specification, rows: count)
    batch.clear()
    for index in 0..<count {
      task.write(ExampleRequest(index, of: split, key: key), into: batch[index])
    }
    report.note(
      "numbers, \(split.rawValue)", "finite, with answers that can be right",
      problem: (0..<count).lazy.compactMap { numberProblem(in: batch[$0], specification) }.first)
    // One by one, the last first, in a row of its own.
    let single = SequenceBatch(specification, rows: 2)
    let different = (0..<count).reversed().first { index in
      single.clear()
      task.write(ExampleRequest(index, of: split, key: key), into: single[1])
      return !areEqual(single[1], batch[index], specification)
    }
    report.note(
      "repetition, \(split.rawValue)", "the same request gives the same example",
      problem: different.map {
        "example \($0) is another one the second time. Draw from the request's keys alone."
      })
    let first = batch[0]
    report.note(
      "variety, \(split.rawValue)", "examples differ",
      problem: count > 1 && (1..<count).allSatisfy { areEqual(batch[$0], first, specification) }
        ? "all \(count) examples are equal. Draw from the request's keys." : nil)
  }
  return try report.required()
}

/// What is wrong with the numbers of an example, or nil.
private func numberProblem(
  in slot: ExampleSlot, _ specification: SequenceSpecification
) -> String? {
  var answers = 0
  for step in 0..<specification.steps {
    guard slot.input(step).allSatisfy(\.isFinite), slot.target(step).allSatisfy(\.isFinite) else {
      return "there is a number that is not finite in step \(step)."
    }
    let weight = slot.weight(at: step)
    guard weight >= 0, weight.isFinite else { return "step \(step) has the weight \(weight)." }
    guard weight > 0 else { continue }
    answers += 1
    for target in slot.target(step) {
      switch specification.loss {
      case .squaredError: continue
      case .crossEntropy:
        guard target == target.rounded(), (0..<Float(specification.outputWidth)).contains(target)
        else {
          return "step \(step) asks for class \(target) of \(specification.outputWidth)."
        }
      case .binaryCrossEntropy:
        guard (0...1).contains(target) else { return "step \(step) asks for the bit \(target)." }
      }
    }
  }
  return answers == 0 ? "an example asks for no answer. Set a weight." : nil
}

private func areEqual(
  _ a: ExampleSlot, _ b: ExampleSlot, _ specification: SequenceSpecification
) -> Bool {
  (0..<specification.steps).allSatisfy { step in
    a.input(step).elementsEqual(b.input(step)) && a.target(step).elementsEqual(b.target(step))
      && a.weight(at: step) == b.weight(at: step)
  }
}
