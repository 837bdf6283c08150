import Autodiff
import Configuration
import MetaRLTesting
import NeuroMod
import Testing

/// A leaky integrator that can be broken in one way at a time.
private struct Leaky: Cell {
  enum Flaw: String, Sendable, CaseIterable {
    case none, wrongDerivative, idleParameter, wrongWidth, explodes, forgottenOption
  }

  var size = 10
  var flaw = Flaw.none
  /// Where the flaw is `forgottenOption`: shapes the cell and is not among the fields.
  var hasBias = true

  init() {}

  init(_ flaw: Flaw) {
    self.flaw = flaw
    hasBias = flaw != .forgottenOption
  }

  static var fields: [Field<Self>] { [.choice("flaw", \.flaw, "What is wrong.")] }

  func step(_ x: Value, in tracer: Tracer) -> Value {
    let h = tracer.state("h", width: size)
    let input = tracer.matrix("input", rows: x.width, columns: size, .normal(0.3))
    var drive = x.product(input)
    if hasBias { drive = drive + tracer.vector("bias", width: size) }
    if flaw == .idleParameter { drive = drive + 0 * tracer.vector("idle", width: size) }
    let leak = tracer.vector("leak", width: size, .constant(1)).sigmoid()
    var next = leak * h + (1 - leak) * drive.tanh()
    if flaw == .wrongDerivative { next = next.straightThrough(1.01 * next) }
    if flaw == .explodes { next = next + 1.5 * h * h + 1 }
    tracer.update(h, to: next)
    return flaw == .wrongWidth ? .concatenate([next, next]) : next
  }
}

@Suite struct CheckCellTests {
  @Test func goodCellsPass() throws {
    try checkCell(Leaky())
    for (cell, count) in [(GRU(), 12), (GRU(size: 3, reset: .before, candidateBias: true), 12)] {
      let report = try checkCell(cell)
      #expect(report.passed && report.findings.count >= count, "\(report)")
    }
    try checkCell(LSTM())
    try checkCell(PlainRNN())
    for cell in [BRC(), NBRC(), MGU(), LRU()] as [any Cell] { try checkCell(cell) }
    // The normalization of a single number is zero, so that its gain would not matter.
    try checkCell(ResidualBlock(), sizes: [2, 9, 20])
  }

  @Test(arguments: [
    (Leaky.Flaw.wrongDerivative, "derivatives and executors", "not that of the value"),
    (.idleParameter, "parameters", "cell/idle never matters"),
    (.wrongWidth, "output of 9 units", "18 numbers"),
    (.explodes, "long sequences", "at step"),
    (.forgottenOption, "options of 9 units", "other parameters"),
  ])
  private func flawsAreFound(_ flaw: Leaky.Flaw, _ check: String, _ words: String) throws {
    let error = #expect(throws: ConformanceError.self) { try checkCell(Leaky(flaw), sizes: [9]) }
    let failures = try #require(error?.failures)
    #expect(failures.contains { $0.check == check && $0.message.contains(words) }, "\(failures)")
    #expect(error?.description.contains("Leaky") == true)
  }

  /// A surrogate is wrong on purpose, and compared with what it says; everything else still has to hold.
  @Test func surrogatesAreAllowedWhereAskedFor() throws {
    try checkCell(Leaky(.wrongDerivative), tolerance: .surrogate)
    for cell in [BMRU(), Stack()] as [any Cell] { try checkCell(cell, tolerance: .surrogate) }
    // Units at rest lie at tanh(−6), whose derivative is only as exact as tanh.
    var spiking = ConformanceTolerance.surrogate
    spiking.fastDerivative = 5e-4
    try checkCell(SRC(), tolerance: spiking)
    #expect(throws: ConformanceError.self) {
      try checkCell(Leaky(.wrongWidth), tolerance: .surrogate)
    }
  }
}

/// A network that can be broken in one way at a time.
private struct Linear: Network {
  enum Flaw: String, Sendable, CaseIterable {
    case none, wrongHeads, recordingLearns, forgottenOption
  }

  var flaw = Flaw.none
  var width = 4

  init() {}

  init(_ flaw: Flaw) {
    self.flaw = flaw
    if flaw == .forgottenOption { width = 7 }
  }

  static var fields: [Field<Self>] { [.choice("flaw", \.flaw, "What is wrong.")] }

  func step(_ input: NetworkInput, heads: [Head], in tracer: Tracer) -> [Value] {
    let x = tracer.scope("hidden") {
      Dense(size: width, activation: .tanh)(input.observation, in: tracer)
    }
    if input.recordsSignals && flaw == .recordingLearns {
      tracer.output("probe", tracer.vector("probe", width: 1))
    }
    let values = heads.map { head in
      tracer.scope(head.name) { Dense(size: head.size)(x, in: tracer) }
    }
    return flaw == .wrongHeads ? values.reversed() : values
  }
}

@Suite struct CheckNetworkTests {
  @Test func goodNetworksPass() throws {
    try checkNetwork(Linear())
    var nmd = NMDNetwork()
    (nmd.sizes, nmd.modulationSize) = ([8], 5)
    try checkNetwork(nmd)
    var recurrent = RecurrentNetwork()
    (recurrent.sizes, recurrent.hidden) = ([8], [6])
    try checkNetwork(recurrent)
  }

  @Test(arguments: [
    (Linear.Flaw.wrongHeads, "heads"), (.recordingLearns, "recorded signals"),
    (.forgottenOption, "options"),
  ])
  private func flawsAreFound(_ flaw: Linear.Flaw, _ check: String) {
    let error = #expect(throws: ConformanceError.self) { try checkNetwork(Linear(flaw)) }
    #expect(error?.failures.contains { $0.check == check } == true, "\(error as Any)")
  }
}
