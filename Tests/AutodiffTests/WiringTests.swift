import Autodiff
import Foundation
import Tensor
import Testing

/// Delays, missing connections, and states that share the memory of what they remember.
@Suite struct WiringTests {
  static let (rows, steps) = (3, 21)

  /// y = delayed products of an input and of a state.
  static func program(delays: Int) -> Program {
    let tracer = Tracer()
    let x = tracer.input("x", width: 4)
    let h = tracer.state("h", width: 5)
    let input = tracer.matrix(
      "input", rows: 4, columns: 5, .normal(0.5), wiring: Wiring(delays: delays, seed: 3))
    let recurrent = tracer.matrix(
      "recurrent", rows: 5, columns: 5, .normal(0.5),
      wiring: Wiring(delays: delays, seed: 4, excludesSelf: true))
    let next =
      (tracer.delayLine("x", x, count: delays).product(input)
      + tracer.delayLine("h", h, count: delays).product(recurrent)).tanh()
    tracer.update(h, to: next)
    tracer.output("y", next)
    return tracer.finish()
  }

  static func fill(_ shard: Shard, seed: UInt64 = 5) {
    var random = RandomKey(seed: seed).stream()
    for i in 0..<steps * rows * 4 { shard.input("x")[i] = random.uniform(-1, 1) }
  }

  /// Every entry acts on its input of as many steps ago as its delay says.
  @Test(arguments: [1, 2, 7]) func delaysAreThoseOfTheWiring(_ delays: Int) {
    let program = Self.program(delays: delays)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    let executor = Executor(program, parameters: store, rows: [Self.rows], steps: Self.steps)
    let shard = executor.shards[0]
    Self.fill(shard)
    executor.prepare()
    shard.forward(0..<Self.steps)

    let (w, u) = (store.values(of: "input"), store.values(of: "recurrent"))
    let (wWiring, uWiring) = (program.parameters[0].wiring!, program.parameters[1].wiring!)
    var y = [[Double]](repeating: Array(repeating: 0, count: Self.rows * 5), count: Self.steps)
    for step in 0..<Self.steps {
      for row in 0..<Self.rows {
        for j in 0..<5 {
          var sum = 0.0
          for i in 0..<4 {
            let time = step - wWiring.delay(row: i, column: j)
            guard time >= 0 else { continue }
            sum += Double(shard.input("x")[(time * Self.rows + row) * 4 + i] * w[i * 5 + j])
          }
          for i in 0..<5 where i != j {
            let time = step - 1 - uWiring.delay(row: i, column: j)
            guard time >= 0 else { continue }
            sum += y[time][row * 5 + i] * Double(u[i * 5 + j])
          }
          y[step][row * 5 + j] = tanh(sum)
        }
      }
      let fast = shard.output("y", step: step)
      let error = (0..<Self.rows * 5).map { abs(Double(fast[$0]) - y[step][$0]) }.max()!
      #expect(error < 1e-6, "step \(step): \(error)")
    }
  }

  @Test(arguments: [1, 4]) func derivativesAgree(_ delays: Int) {
    var check = ProgramCheck(Self.program(delays: delays))
    (check.rows, check.steps, check.samples) = (Self.rows, 9, 25)
    let report = check.run()
    #expect(report.gradientError < 1e-6, "\(report)")
    #expect(report.outputError < 2e-6, "\(report)")
    #expect(report.fastGradientError < 1e-5, "\(report)")
  }

  @Test func delaysAreUniform() {
    let wiring = Wiring(delays: 5, seed: 11)
    var counts = [Int](repeating: 0, count: 5)
    for row in 0..<200 {
      for column in 0..<200 { counts[wiring.delay(row: row, column: column)] += 1 }
    }
    // Binomial with deviation √(40 000 · 0.2 · 0.8) = 80.
    for count in counts { #expect(abs(count - 8000) < 400, "\(counts)") }
    #expect(Wiring(delays: 1).delay(row: 3, column: 4) == 0)
  }

  /// What is learned and counted is the matrix, not its unfolded copy; neurons do not act on
  /// themselves.
  @Test func learnedNumbersAreThoseOfTheMatrix() {
    let program = Self.program(delays: 7)
    #expect(program.parameterCount == 45)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    #expect(store.array.count == 45 && store.values(of: "recurrent").count == 25)
    let recurrent = store.values(of: "recurrent")
    #expect((0..<5).allSatisfy { recurrent[6 * $0] == 0 })
    #expect(recurrent.count { $0 != 0 } == 20)
  }

  /// One step at a time with `advance`, three at a time with `carryStates`, a sequence cut in two, and
  /// the whole sequence at once give the same bits.
  @Test(arguments: [1, 3, 7]) func stepsCarryTheirPast(_ delays: Int) {
    let program = Self.program(delays: delays)
    let store = ParameterStore(program.parameters, key: RandomKey(seed: 1))
    let whole = Executor(program, parameters: store, rows: [Self.rows], steps: Self.steps)
    let single = Executor(program, parameters: store, rows: [Self.rows], steps: 1)
    let second = Executor(program, parameters: store, rows: [Self.rows], steps: Self.steps)
    let short = Executor(program, parameters: store, rows: [Self.rows], steps: 3)
    for executor in [whole, single, second, short] { executor.prepare() }
    let (all, one, rest) = (whole.shards[0], single.shards[0], second.shards[0])
    Self.fill(all)
    all.forward(0..<Self.steps)
    let count = Self.rows * 4
    for step in 0..<Self.steps {
      one.input("x").update(from: all.input("x") + step * count, count: count)
      one.advance()
      for i in 0..<Self.rows * 5 {
        #expect(one.output("y")[i] == all.output("y", step: step)[i], "step \(step)")
      }
    }
    let three = short.shards[0]
    for step in stride(from: 0, to: Self.steps, by: 3) {
      three.input("x").update(from: all.input("x") + step * count, count: 3 * count)
      three.forward(0..<3)
      for i in 0..<Self.rows * 5 {
        #expect(three.output("y", step: 2)[i] == all.output("y", step: step + 2)[i], "step \(step)")
      }
      three.carryStates(from: 3)
    }
    let cut = 10
    rest.input("x").update(
      from: all.input("x") + cut * count, count: (Self.steps - cut) * count)
    for (index, width) in all.stateWidths.enumerated() {
      rest.state(index).update(from: all.state(index, step: cut), count: Self.rows * width)
    }
    rest.forward(0..<Self.steps - cut)
    for step in cut..<Self.steps {
      for i in 0..<Self.rows * 5 {
        #expect(rest.output("y", step: step - cut)[i] == all.output("y", step: step)[i])
      }
    }
  }

  /// States of a delay line take no memory of their own, and begin where they are told to.
  @Test func delayLinesShareMemory() {
    func arena(_ delays: Int) -> Int {
      let tracer = Tracer()
      let line = tracer.delayLine("x", tracer.input("x", width: 64), count: delays)
      tracer.output("y", line[64 * (delays - 1)..<64 * delays])
      let program = tracer.finish()
      let executor = Executor(
        program, parameters: ParameterStore([], key: RandomKey(seed: 0)), rows: [2], steps: 100)
      let shard = executor.shards[0]
      for i in 0..<100 * 128 { shard.input("x")[i] = Float(i / 128) + 1 }
      for index in shard.stateWidths.indices {
        for i in 0..<128 { shard.state(index)[i] = -Float(index + 1) }
      }
      shard.forward(0..<100)
      for step in 0..<100 {
        let expected = step - delays + 1
        let value = shard.output("y", step: step)[70]
        // Before the first input there is what the states were set to: state k − 1 holds −k.
        #expect(value == Float(expected < 0 ? expected : expected + 1), "\(delays), \(step)")
      }
      return shard.memorySize
    }
    let (short, long) = (arena(2), arena(12))
    #expect(long - short == 10 * 128)
  }

  /// Two states that remember the same begin each with its own number.
  @Test func statesThatRememberTheSame() {
    let tracer = Tracer()
    let x = tracer.input("x", width: 2)
    let states = [1, 2, 3].map { tracer.state("s\($0)", width: 2, initial: $0) }
    tracer.update(states[0], to: x)
    tracer.update(states[1], to: x)
    tracer.update(states[2], to: states[1])
    tracer.output("all", .concatenate(states))
    let executor = Executor(
      tracer.finish(), parameters: ParameterStore([], key: RandomKey(seed: 0)), rows: [1], steps: 3)
    let shard = executor.shards[0]
    for i in 0..<6 { shard.input("x")[i] = Float(10 * (i / 2 + 1)) }
    shard.forward(0..<3)
    let values = (0..<3).map { step in (0..<3).map { shard.output("all", step: step)[2 * $0] } }
    #expect(values == [[1, 2, 3], [10, 10, 2], [20, 20, 10]])
  }

  /// States that take turns, and one that stays, remember nothing but each other.
  @Test func statesThatTakeTurns() {
    let tracer = Tracer()
    let a = tracer.state("a", width: 2, initial: 1)
    let b = tracer.state("b", width: 2, initial: 2)
    let c = tracer.state("c", width: 2, initial: 3)
    let d = tracer.state("d", width: 2, initial: 4)
    tracer.update(a, to: b)
    tracer.update(b, to: a)
    tracer.update(c, to: c)
    tracer.update(d, to: a)
    tracer.output("all", .concatenate([a, b, c, d]))
    let executor = Executor(
      tracer.finish(), parameters: ParameterStore([], key: RandomKey(seed: 0)), rows: [1], steps: 3)
    let shard = executor.shards[0]
    shard.forward(0..<3)
    let values = (0..<3).map { step in (0..<4).map { shard.output("all", step: step)[2 * $0] } }
    #expect(values == [[1, 2, 3, 4], [2, 1, 3, 1], [1, 2, 3, 2]])
  }
}
