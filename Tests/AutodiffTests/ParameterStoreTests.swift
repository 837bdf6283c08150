import Autodiff
import Tensor
import Testing

@Suite struct ParameterStoreTests {
  static func program(named names: [String], rows: Int = 3) -> Program {
    let tracer = Tracer()
    let x = tracer.input("x", width: rows)
    let sum = names.map { name in
      x.product(tracer.matrix(name, rows: rows, columns: 4, .normal(1)))
        + tracer.vector(name + "Bias", width: 4, .constant(0.5))
    }.reduce(tracer.constant(0, width: 4), +)
    tracer.output("y", sum)
    return tracer.finish()
  }

  @Test func numbersDoNotDependOnOtherParameters() {
    let key = RandomKey(seed: 3)
    let alone = ParameterStore(Self.program(named: ["b"]).parameters, key: key)
    let among = ParameterStore(Self.program(named: ["a", "b", "c"]).parameters, key: key)
    #expect(alone.values(of: "b") == among.values(of: "b"))
    #expect(among.values(of: "a") != among.values(of: "b"))
    #expect(alone.layout.count == 16 && alone.values(of: "bBias") == [0.5, 0.5, 0.5, 0.5])
    #expect(among.layout.parameter(at: 12).name == "aBias")
    #expect(among.layout.parameter(at: 16).name == "b")
  }

  @Test func savingAndRestoring() throws {
    let parameters = Self.program(named: ["a", "b"]).parameters
    let stored = ParameterStore(parameters, key: RandomKey(seed: 1))
    let other = ParameterStore(parameters, key: RandomKey(seed: 2))
    var archive = Archive()
    stored.save(into: &archive, prefix: "policy")
    #expect(archive.tensors[.weights]?["policy/a"]?.shape == [3, 4])
    #expect(archive.tensors[.weights]?["policy/aBias"]?.shape == [4])
    let version = other.version
    #expect(other.array != stored.array)
    try other.restore(from: archive, prefix: "policy")
    #expect(other.array == stored.array)
    #expect(other.version > version, "executors would keep their packed weights")
  }

  @Test func restoringWhatDoesNotFitChangesNothing() {
    let store = ParameterStore(Self.program(named: ["a", "b"]).parameters, key: RandomKey(seed: 1))
    let before = store.array
    var archive = Archive()
    ParameterStore(Self.program(named: ["a", "b"], rows: 5).parameters, key: RandomKey(seed: 1))
      .save(into: &archive, prefix: "wide")
    ParameterStore(Self.program(named: ["a"]).parameters, key: RandomKey(seed: 1))
      .save(into: &archive, prefix: "few")
    archive.store(ArchivedTensor([1.0, 2.0] as [Double]), "double/a", in: .weights)
    for (prefix, name, word) in [
      ("wide", "wide/a", "20 numbers where 12 belong"), ("few", "few/b", "missing"),
      ("none", "none/a", "missing"), ("double", "double/a", "32-bit"),
    ] {
      let error = #expect(throws: ArchiveError.self) {
        try store.restore(from: archive, prefix: prefix)
      }
      #expect(error?.name == name && error?.reason.contains(word) == true, "\(error as Any)")
      #expect(store.array == before)
    }
  }
}
