import Autodiff
import Tensor

/// An update of parameters along a gradient with a learning rate, with whatever it remembers.
public typealias UpdateRule = (
  _ parameters: inout [Float], _ gradient: [Float], _ learningRate: Float
) -> Void

/// Checks a rule that changes parameters along a gradient: it is reproducible, stands still without a
/// learning rate, and goes down a badly scaled valley.
///
/// - Parameters:
///   - name: what the report calls it.
///   - learningRate: a step size that suits the rule for curvatures of 0.05 to 1.
///   - make: a fresh rule for so many parameters.
/// - Returns: what was checked.
/// - Throws: ``ConformanceError`` naming each broken promise.
@discardableResult
public func checkOptimizer(
  _ name: String, learningRate: Float, make: (_ count: Int) -> UpdateRule
) throws -> ConformanceReport {
  var report = ConformanceReport("optimizer \(name)")
  let count = 20
  let curvatures = (0..<count).map { 0.05 + 0.05 * Float($0) }
  let start = (0..<count).map { Float($0 % 5) - 2.5 }
  func descend(rate: Float, steps: Int) -> [Float] {
    let rule = make(count)
    var parameters = start
    for _ in 0..<steps { rule(&parameters, zip(curvatures, parameters).map(*), rate) }
    return parameters
  }
  func height(_ parameters: [Float]) -> Float {
    zip(curvatures, parameters).reduce(0) { $0 + 0.5 * $1.0 * $1.1 * $1.1 }
  }

  report.note(
    "reproducible", "two fresh rules go the same way to the bit",
    problem: descend(rate: learningRate, steps: 50).map(\.bitPattern)
      == descend(rate: learningRate, steps: 50).map(\.bitPattern)
      ? nil : "two fresh rules differ. Keep all memory in the rule, and use no hidden randomness.")
  report.note(
    "without a learning rate", "parameters stay",
    problem: descend(rate: 0, steps: 5) == start
      ? nil : "parameters move. Multiply every change by the learning rate.")
  let end = descend(rate: learningRate, steps: 2000)
  let problem: String? =
    if end.count != count {
      "there were \(count) parameters and now are \(end.count)"
    } else if !end.allSatisfy(\.isFinite) {
      "parameters stop being finite. Try a smaller learning rate."
    } else if !(height(end) < 0.01 * height(start)) {
      "2000 steps went from \(height(start)) to \(height(end)) only. Is the sign right?"
    } else {
      nil
    }
  report.note("descent", "2000 steps went down to below a hundredth", problem: problem)
  let still = make(count)
  var parameters = start
  still(&parameters, Array(repeating: 0, count: count), learningRate)
  report.note(
    "no gradient", "finite",
    problem: parameters.allSatisfy(\.isFinite)
      ? nil : "a gradient of zero gives numbers that are not finite. Add ε where you divide.")
  return try report.required()
}

/// Checks one of MetaRL's own rules.
///
/// - Throws: ``ConformanceError`` naming each broken promise.
@discardableResult
public func checkOptimizer(_ rule: OptimizerRule, learningRate: Float) throws -> ConformanceReport {
  try checkOptimizer("\(rule)", learningRate: learningRate) { count in
    let optimizer = Optimizer(rule, count: count)
    let tracer = Tracer()
    tracer.output("w", tracer.vector("w", width: count))
    let store = ParameterStore(tracer.finish().parameters, key: RandomKey(seed: 0))
    return { parameters, gradient, rate in
      store.assign(parameters)
      optimizer.update(store, gradient: gradient, learningRate: rate)
      parameters = store.array
    }
  }
}
