import Autodiff
import Tensor
import Testing

/// Deep rewiring: the number of connections, their signs, and where they go.
@Suite struct DeepRewiringTests {
  /// Two sparse matrices, one of them wired, and a bias that is left alone.
  static func store(connectivity: Float = 0.12, seed: UInt64 = 1) -> ParameterStore {
    let tracer = Tracer()
    let x = tracer.input("x", width: 30)
    let h = tracer.state("h", width: 20)
    func sparse(_ signs: SparseInitialization.Signs) -> Initializer {
      .sparse(SparseInitialization(connectivity: connectivity, signs: signs))
    }
    let input = tracer.matrix("input", rows: 30, columns: 20, sparse(.shuffledRows))
    let recurrent = tracer.matrix(
      "recurrent", rows: 20, columns: 20, sparse(.inhibitoryFirst),
      wiring: Wiring(delays: 3, excludesSelf: true))
    let next =
      x.product(input) + tracer.delayLine("h", h, count: 3).product(recurrent)
      + tracer.vector("bias", width: 20)
    tracer.update(h, to: next)
    return ParameterStore(tracer.finish().parameters, key: RandomKey(seed: seed))
  }

  static func rule(_ limit: RewiringRule.Limit = .global) -> RewiringRule {
    var rule = RewiringRule([
      .init("input", connectivity: 0.12), .init("recurrent", connectivity: 0.12),
    ])
    (rule.limit, rule.l1, rule.temperature) = (limit, 0.5, 1e-4)
    return rule
  }

  static func gradient(_ count: Int, step: Int) -> [Float] {
    var random = (RandomKey(seed: 9) / step).stream()
    return (0..<count).map { _ in random.normal() }
  }

  static func rewiring(
    _ rule: RewiringRule, _ store: ParameterStore, _ optimizer: OptimizerRule = .adam()
  ) throws -> DeepRewiring {
    try DeepRewiring(
      rule, around: Optimizer(optimizer, count: store.layout.count), of: store,
      key: RandomKey(seed: 2))
  }

  @Test(arguments: RewiringRule.Limit.allCases)
  func theNumberOfConnectionsIsExactAfterEveryStep(_ limit: RewiringRule.Limit) throws {
    let store = Self.store()
    let rewiring = try Self.rewiring(Self.rule(limit), store)
    #expect(rewiring.limits == (limit == .global ? [120] : [72, 48]))
    var random = RandomKey(seed: 1).stream()
    var first = Self.signs(store)
    // Rows of the recurrent matrix have one sign each: those that inhibit come first.
    for row in 0..<20 { for column in 0..<20 { first[600 + row * 20 + column] = row < 4 ? -1 : 1 } }
    var turnover = 0
    for _ in 0..<10_000 {
      let gradient = (0..<store.layout.count).map { _ in random.uniform(-1, 1) }
      rewiring.update(store, gradient: gradient, learningRate: 0.01)
      turnover += rewiring.reconnected
      let counts = rewiring.connections(of: store).map(\.count)
      #expect(limit == .global ? counts.reduce(0, +) == 120 : counts == [72, 48])
      var changed: [Int] = []
      for (entry, sign) in Self.signs(store).enumerated() where sign != 0 {
        if first[entry] == 0 { first[entry] = sign }
        if first[entry] != sign { changed.append(entry) }
      }
      #expect(changed.isEmpty, "entries \(changed) changed their signs")
      let recurrent = store.values(of: "recurrent")
      #expect((0..<20).allSatisfy { recurrent[21 * $0] == 0 })
    }
    #expect(turnover > 2_500, "\(turnover) connections moved")
    #expect(store.values(of: "bias").allSatisfy { $0 != 0 })
  }

  /// Beginning with more connections than allowed, and with fewer.
  @Test(arguments: [0.3, 0.05] as [Float])
  func withoutRewiringTheFirstConnectionsStay(connectivity: Float) throws {
    let store = Self.store(connectivity: connectivity)
    var rule = Self.rule(.matrix)
    rule.variant = .fixed
    let rewiring = try Self.rewiring(rule, store)
    let connected = Self.signs(store).map { $0 != 0 }
    let first = Self.signs(store)
    #expect(connected.count { $0 } == 120)
    for step in 0..<200 {
      let gradient = Self.gradient(store.layout.count, step: step)
      rewiring.update(store, gradient: gradient, learningRate: 0.01)
      #expect(rewiring.reconnected == 0)
      #expect(Self.signs(store).map { $0 != 0 } == connected)
    }
    #expect(Self.signs(store) != first, "no weight changed its sign")
  }

  /// All possible connections of the recurrent matrix: guessing the last dormant entries would take long.
  @Test func nearlyAllConnectionsCanBeAllowed() throws {
    let store = Self.store()
    var rule = Self.rule(.matrix)
    rule.matrices = [.init("input", connectivity: 0.99), .init("recurrent", connectivity: 0.95)]
    let rewiring = try Self.rewiring(rule, store)
    for step in 0..<20 {
      rewiring.update(
        store, gradient: Self.gradient(store.layout.count, step: step), learningRate: 0.01)
      #expect(rewiring.connections(of: store).map(\.count) == [594, 380])
    }
  }

  /// The signs of the weights of both matrices.
  static func signs(_ store: ParameterStore) -> [Int] {
    (store.values(of: "input") + store.values(of: "recurrent")).map {
      $0 > 0 ? 1 : $0 < 0 ? -1 : 0
    }
  }

  /// Entries that the wiring excludes take up connections where they count, as in the released code, and
  /// none where they do not.
  @Test(arguments: [false, true]) func selfConnectionsCountOnRequest(_ counts: Bool) throws {
    let store = Self.store()
    var rule = RewiringRule([.init("recurrent", connectivity: 0.5)])
    (rule.l1, rule.countsSelfConnections) = (0.5, counts)
    let rewiring = try Self.rewiring(rule, store)
    for step in 0..<20 {
      rewiring.update(
        store, gradient: Self.gradient(store.layout.count, step: step), learningRate: 0.01)
      let weights = store.values(of: "recurrent")
      let own = (0..<20).count { weights[21 * $0] != 0 }
      #expect(weights.count { $0 != 0 } == 200)
      // Half of twenty; fewer than three or more than 17 are as likely as 4 · 10⁻⁴.
      #expect(counts ? (3...17).contains(own) : own == 0, "\(own)")
    }
    rule.matrices = [.init("recurrent", connectivity: 1)]
    if counts {
      let full = try Self.rewiring(rule, Self.store())
      #expect(full.limits == [400])
    } else {
      #expect(throws: RewiringError.self) { try Self.rewiring(rule, Self.store()) }
    }
  }

  /// Signs of rows hold for entries that were dormant from the beginning, too.
  @Test func neuronsKeepTheirSigns() throws {
    let store = Self.store(connectivity: 0.02)
    let rewiring = try Self.rewiring(Self.rule(), store)
    var seen = [Int](repeating: 0, count: 30)
    for step in 0..<200 {
      rewiring.update(
        store, gradient: Self.gradient(store.layout.count, step: step), learningRate: 0.01)
      for (entry, sign) in Self.signs(store).prefix(600).enumerated() where sign != 0 {
        #expect(seen[entry / 20] == 0 || seen[entry / 20] == sign)
        seen[entry / 20] = sign
      }
    }
    #expect(seen.count { $0 > 0 } == 23 && seen.count { $0 < 0 } == 7)
  }

  /// A dense matrix loses connections at random until the limit holds; a dense limit is kept, too.
  @Test func beginsWithinTheLimit() throws {
    let store = Self.store(connectivity: 1)
    let rewiring = try Self.rewiring(Self.rule(), store)
    #expect(rewiring.connections(of: store).map(\.count).reduce(0, +) == 120)
    var dense = RewiringRule([.init("recurrent", connectivity: 0.95)])
    dense.l1 = 3
    let full = Self.store(connectivity: 1)
    let other = try Self.rewiring(dense, full)
    for step in 0..<50 {
      other.update(
        full, gradient: Self.gradient(full.layout.count, step: step), learningRate: 0.1)
      #expect(other.connections(of: full)[0].count == 380)
    }
  }

  /// Without an error, strengths follow the prior: exponential with mean T / L1.
  @Test func stationaryDistributionIsThePrior() throws {
    let store = Self.store()
    store.assign(store.array.map { 0.1 * $0 })
    var rule = Self.rule(.matrix)
    (rule.l1, rule.temperature) = (0.5, 0.02)
    let rewiring = try Self.rewiring(rule, store, .momentum())
    let gradient = [Float](repeating: 0, count: store.layout.count)
    var (sum, squares, count) = (0.0, 0.0, 0.0)
    for step in 0..<5000 {
      rewiring.update(store, gradient: gradient, learningRate: 3e-4)
      guard step > 1500, step % 20 == 0 else { continue }
      for value in store.values(of: "input") where abs(value) > 1e-9 {
        sum += Double(abs(value))
        squares += Double(value) * Double(value)
        count += 1
      }
    }
    let mean = sum / count
    #expect(abs(mean / 0.04 - 1) < 0.1, "\(mean)")
    // The square of an exponential variable has mean 2 m².
    #expect(abs(squares / count / (2 * mean * mean) - 1) < 0.15)
  }

  /// Half of the inputs are noise: connections leave them.
  @Test func connectionsFindTheInformativeInputs() throws {
    let tracer = Tracer()
    let x = tracer.input("x", width: 40)
    let w = tracer.matrix(
      "w", rows: 40, columns: 10, .sparse(.init(connectivity: 1, signs: .random)))
    tracer.output("y", x.product(w))
    let store = ParameterStore(tracer.finish().parameters, key: RandomKey(seed: 3))
    // A teacher that needs the first twenty inputs, with signs that w may have.
    let teacher = store.values(of: "w").map { $0 > 0 ? 0.5 : -0.5 as Float }
    var rule = RewiringRule([.init("w", connectivity: 0.2)])
    (rule.l1, rule.temperature) = (0.05, 1e-5)
    let rewiring = try Self.rewiring(rule, store)
    var random = RandomKey(seed: 4).stream()
    for _ in 0..<600 {
      var gradient = [Float](repeating: 0, count: 400)
      let weights = store.array
      for _ in 0..<16 {
        let input = (0..<40).map { _ in random.normal() }
        for column in 0..<10 {
          var error: Float = 0
          for row in 0..<40 {
            let entry = row * 10 + column
            error += input[row] * (weights[entry] - (row < 20 ? teacher[entry] : 0))
          }
          for row in 0..<40 { gradient[row * 10 + column] += error * input[row] / 16 }
        }
      }
      rewiring.update(store, gradient: gradient, learningRate: 0.02)
    }
    let weights = store.values(of: "w")
    func connections(_ rows: Range<Int>) -> Int {
      rows.reduce(0) { sum, row in sum + (0..<10).count { abs(weights[row * 10 + $0]) > 0.01 } }
    }
    #expect(connections(0..<20) >= 2 * connections(20..<40))
  }

  /// Weights of another training, with other signs and of every entry: the limit holds at once, and none
  /// of them goes to sleep because its sign was another one before.
  @Test func adoptsWhatSomethingElseChanged() throws {
    let store = Self.store()
    var rule = Self.rule(.matrix)
    (rule.l1, rule.temperature) = (0, 0)
    let rewiring = try Self.rewiring(rule, store)
    let none = [Float](repeating: 0, count: store.layout.count)
    store.assign(store.array.indices.map { $0 % 2 == 0 ? 0.5 : -0.5 })
    rewiring.adopt(store)
    let adopted = store.array
    #expect(rewiring.connections(of: store).map(\.count) == [72, 48])
    #expect(adopted.contains(0.5) && adopted.contains(-0.5))
    rewiring.update(store, gradient: none, learningRate: 0.01)
    #expect(store.array == adopted && rewiring.reconnected == 0)
    // What needs no change is left as it is.
    rewiring.adopt(store)
    #expect(store.array == adopted)
  }

  @Test(arguments: [RewiringRule.Variant.hard, .soft])
  func goesBackToTheBit(_ variant: RewiringRule.Variant) throws {
    var rule = Self.rule()
    (rule.variant, rule.redrawsSigns) = (variant, true)
    let store = Self.store()
    let rewiring = try Self.rewiring(rule, store)
    func run() -> [[UInt32]] {
      (0..<20).map { step in
        rewiring.update(
          store, gradient: Self.gradient(store.layout.count, step: step), learningRate: 0.01)
        return store.array.map(\.bitPattern)
      }
    }
    _ = run()
    let (weights, goBack) = (store.array, rewiring.makeRestorePoint())
    let first = run()
    goBack()
    store.assign(weights)
    #expect(run() == first)
  }

  @Test func softVariantWakesByItself() throws {
    let store = Self.store()
    var rule = Self.rule()
    (rule.variant, rule.smallestStrength, rule.temperature) = (.soft, -0.2, 0.01)
    let rewiring = try Self.rewiring(rule, store, .momentum())
    let before = Self.signs(store)
    let gradient = [Float](repeating: 0, count: store.layout.count)
    for _ in 0..<1500 { rewiring.update(store, gradient: gradient, learningRate: 1e-3) }
    let after = Self.signs(store)
    #expect(zip(before, after).contains { $0 == 0 && $1 != 0 })
    #expect(zip(before, after).contains { $0 != 0 && $1 == 0 })
    let count = after.count { $0 != 0 }
    // With b = L1 / T = 50: 1 / (1 − θ_min b) = 1 / 11 of 980 entries, each by itself. That is 89 with a
    // deviation of 9; four of them are 36.
    #expect(count >= 53 && count <= 125, "\(count)")
  }

  @Test(arguments: [RewiringRule.Variant.hard, .soft], [false, true])
  func continuesToTheBit(_ variant: RewiringRule.Variant, redrawsSigns: Bool) throws {
    var rule = Self.rule()
    (rule.variant, rule.redrawsSigns) = (variant, redrawsSigns)
    func update(_ rewiring: DeepRewiring, _ store: ParameterStore, _ steps: Range<Int>) {
      for step in steps {
        rewiring.update(
          store, gradient: Self.gradient(store.layout.count, step: step), learningRate: 0.01)
      }
    }
    let store = Self.store()
    let rewiring = try Self.rewiring(rule, store)
    update(rewiring, store, 0..<20)
    var archive = Archive()
    rewiring.save(into: &archive, prefix: "optimizer")
    store.save(into: &archive, prefix: "weights")
    update(rewiring, store, 20..<40)

    let other = Self.store()
    let fresh = try Self.rewiring(rule, other)
    try fresh.restore(from: archive, prefix: "optimizer")
    try other.restore(from: archive, prefix: "weights")
    update(fresh, other, 20..<40)
    #expect(other.array.map(\.bitPattern) == store.array.map(\.bitPattern))
    #expect(throws: ArchiveError.self) { try fresh.restore(from: archive, prefix: "value") }
  }

  @Test func unsuitableMatricesAreNamed() {
    let store = Self.store()
    func error(_ matrices: [RewiringRule.Matrix]) -> RewiringError? {
      #expect(throws: RewiringError.self) { try Self.rewiring(RewiringRule(matrices), store) }
    }
    let missing = error([.init("inputs", connectivity: 0.1)])
    #expect(missing?.description == "inputs is not a parameter; there are input, recurrent, bias")
    let twice = error([.init("input", connectivity: 0.1), .init("input", connectivity: 0.2)])
    #expect(twice?.reason == "is to be rewired twice")
    let vector = error([.init("bias", connectivity: 0.1)])
    #expect(vector?.reason == "is a vector, and only matrices are rewired")
    let full = error([.init("recurrent", connectivity: 1)])
    #expect(full?.reason == "and what shares its limit allow 380 connections, not 400")
  }
}
