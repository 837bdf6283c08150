import Autodiff
import Tensor
import Testing

@Suite struct DropConnectTests {
  private static let (rows, inputs, outputs) = (6, 40, 30)
  private static let program = Program { tracer in
    let x = tracer.input("x", width: inputs)
    let dropped = tracer.matrix(
      "dropped", rows: inputs, columns: outputs, .truncatedNormal(0.1), dropRate: 0.25)
    let kept = tracer.matrix("kept", rows: inputs, columns: outputs, .truncatedNormal(0.1))
    tracer.output("y", x.product(dropped) + x.product(kept))
  }

  @Test func nothingToDropIsNothing() {
    let program = Program { tracer in
      let matrix = tracer.matrix("kept", rows: 2, columns: 2, .truncatedNormal(0.1))
      tracer.output("y", tracer.input("x", width: 2).product(matrix))
    }
    #expect(DropConnect(ParameterStore(program.parameters, key: RandomKey(seed: 0))) == nil)
  }

  /// y = x R', so that the derivative of Σ y by R is Σ x where the connection is there, times 4/3.
  @Test func outputsAndDerivativesSeeWhatIsThere() throws {
    let store = ParameterStore(Self.program.parameters, key: RandomKey(seed: 3))
    let executor = Executor(
      Self.program, parameters: store, rows: [Self.rows], steps: 1, objectives: ["y"])
    let (before, kept) = (store.values(of: "dropped"), store.values(of: "kept"))
    let dropConnect = try #require(DropConnect(store))
    dropConnect.drop(RandomKey(seed: 8))
    let during = store.values(of: "dropped")
    #expect(store.values(of: "kept") == kept)
    let factors = zip(during, before).map { $0 == 0 ? Float(0) : $0 / $1 }
    #expect(factors.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    let share = Double(factors.count { $0 == 0 }) / Double(factors.count)
    #expect(abs(share - 0.25) < 4 * (0.1875 / Double(factors.count)).squareRoot())

    executor.prepare()
    let shard = executor.shards[0]
    for index in 0..<Self.rows * Self.inputs { shard.input("x")[index] = Float(index % 7) - 3 }
    shard.cotangent("y").update(repeating: 1, count: Self.rows * Self.outputs)
    shard.forward(0..<1)
    for column in 0..<Self.outputs {
      let expected = (0..<Self.inputs).reduce(Float(0)) {
        let index = $1 * Self.outputs + column
        return $0 + shard.input("x")[$1] * (during[index] + kept[index])
      }
      #expect(abs(shard.output("y")[column] - expected) < 1e-5)
    }
    shard.backward(1)
    let gradient = executor.reduceGradients()
    dropConnect.restore(gradient: gradient)
    #expect(store.values(of: "dropped") == before && store.values(of: "kept") == kept)
    let offset = store.layout.offsets[0]
    for index in before.indices {
      let sum = (0..<Self.rows).reduce(Float(0)) {
        $0 + shard.input("x")[$1 * Self.inputs + index / Self.outputs]
      }
      #expect(abs(gradient[offset + index] - (factors[index] == 0 ? 0 : sum * 4 / 3)) < 1e-4)
    }

    dropConnect.drop(RandomKey(seed: 9))
    #expect(store.values(of: "dropped").map { $0 == 0 } != during.map { $0 == 0 })
  }
}
