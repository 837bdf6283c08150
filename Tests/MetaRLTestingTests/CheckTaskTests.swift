import Configuration
import MetaRLTesting
import Sequences
import Tensor
import Testing

/// A task that can be broken in one way at a time.
private struct Doubling: SequenceTask {
  enum Flaw: CaseIterable { case none, notFinite, unknownClass, unasked, forgetful, monotonous }

  let flaw: Flaw

  let specification = SequenceSpecification(
    name: "doubling", steps: 3, inputWidth: 1, outputWidth: 2, loss: .crossEntropy)

  func write(_ request: ExampleRequest, into slot: ExampleSlot) {
    var random = request.content.stream()
    let value = flaw == .monotonous ? 1 : random.normal()
    slot.input(0)[0] = flaw == .notFinite && request.index == 3 ? .infinity : value
    if flaw == .forgetful {
      var unseeded = SystemRandomNumberGenerator()
      slot.input(1)[0] = Float.random(in: 0...1, using: &unseeded)
    }
    slot.target(2)[0] = flaw == .unknownClass ? 2 : (value > 0 ? 1 : 0)
    if flaw != .unasked { slot.setWeight(1, at: 2) }
  }
}

@Suite struct CheckTaskTests {
  @Test(arguments: [
    "copy-first-input", "denoising", "sign-copy", "delayed-copy", "store-recall",
  ])
  func shippedTasksPass(name: String) throws {
    let (factory, _) = try Registry<SequenceTaskFactory>.standard.make(.string(name), at: .root)
    try checkTask(factory.task(), examples: 10)
  }

  @Test func goodTasksPass() throws { try checkTask(Doubling(flaw: .none)) }

  @Test(arguments: [
    (Doubling.Flaw.notFinite, "not finite"), (.unknownClass, "class 2"), (.unasked, "no answer"),
    (.forgetful, "another one the second time"), (.monotonous, "are equal"),
  ])
  private func flawsAreFound(_ flaw: Doubling.Flaw, _ words: String) {
    let error = #expect(throws: ConformanceError.self) { try checkTask(Doubling(flaw: flaw)) }
    #expect(error?.description.contains(words) == true, "\(error as Any)")
  }
}
