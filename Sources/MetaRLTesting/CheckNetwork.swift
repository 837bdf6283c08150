import Autodiff
import Configuration
import NeuroMod

/// Checks a network of an agent: the width of its heads, its derivatives against differences, the
/// fast executor against the reference, that every parameter matters, that long sequences stay
/// finite, and that recording signals changes nothing.
///
/// - Parameters:
///   - network: the network with its options.
///   - observationSize: numbers in an observation.
///   - actionSize: numbers in an executed action.
///   - tolerance: how exact it has to be; `.surrogate` for spikes.
/// - Returns: what was checked.
/// - Throws: ``ConformanceError`` naming each broken promise.
@discardableResult
public func checkNetwork<SomeNetwork: Network>(
  _ network: SomeNetwork, observationSize: Int = 4, actionSize: Int = 2,
  tolerance: ConformanceTolerance = .init()
) throws -> ConformanceReport {
  var report = ConformanceReport("network \(SomeNetwork.self)")
  let heads = [Head("mean", size: 3), Head("value", size: 1)]
  func trace(_ network: SomeNetwork, recordsSignals: Bool = false) -> (Program, [Int]) {
    let tracer = Tracer()
    let input = NetworkInput(
      observationSize: observationSize, actionSize: actionSize, in: tracer,
      recordsSignals: recordsSignals)
    let values = network.step(input, heads: heads, in: tracer)
    for (head, value) in zip(heads, values) { tracer.output(head.name, value) }
    return (tracer.finish(), values.map(\.width))
  }
  let (program, widths) = trace(network)
  report.note(
    "heads", "one value each, of the width it asks for",
    problem: widths == heads.map(\.size)
      ? nil
      : "heads of \(heads.map(\.size)) numbers got \(widths). Return a value per head, in order.")
  ProgramConformance(tolerance: tolerance).note(program, in: &report)
  report.note(
    "recorded signals", "they change neither parameters nor states",
    problem: trace(network, recordsSignals: true).0.hasSameMemory(as: program)
      ? nil : "recording them changes parameters or states. Only declare more outputs.")
  var problem: String?
  do {
    let copy = try SomeNetwork(json: network.json, at: JSONPath("network"))
    if copy.json != network.json || !trace(copy).0.hasSameMemory(as: program) {
      problem = "a network read from them differs. Make everything that shapes it a field."
    }
  } catch {
    problem = "they cannot be read again: \(error)"
  }
  report.note("options", "writing and reading them gives the same network", problem: problem)
  return try report.required()
}

extension Program {
  fileprivate func hasSameMemory(as other: Program) -> Bool {
    parameters == other.parameters && states == other.states
  }
}
