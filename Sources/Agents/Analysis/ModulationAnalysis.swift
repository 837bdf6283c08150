import Envs
import Glibc
import NeuroMod
import Tensor

/// What the modulation signal says about the hidden task, over the course of an episode.
///
/// (A) z against the task parameter at several steps, and how well z predicts it; (B) each neuron's
/// slope against the parameter, and how many slopes change sign; (C) the mean reward of each step.
///
/// How well z predicts is an R² on episodes that took no part in the fit, see ``Regression``.
///
/// Source: Vecoven et al. 2020, figures 7 and 8. The paper does not print its steps; these are ours.
struct ModulationAnalysis {
  static let steps = [0, 1, 3, 10, 30, 100, 300]

  let network: NMDNetwork
  let environment: EnvironmentFactory
  /// Makes episodes to probe, `rows` of them.
  let probe: (_ rows: Int, _ key: RandomKey) -> ProbedEpisodes

  func run(episodes: Int, key: RandomKey) throws -> AnalysisResult {
    let probed = probe(episodes, key)
    let names = environment.taskParameterNames
    let parameters = (0..<episodes).map {
      probed.environment.taskParameters(row: $0).map(Double.init)
    }
    let last = min(Self.steps.last!, (environment.specification.horizon ?? .max) - 1)
    var signals: [Int: [[Double]]] = [:]
    var rewards: [Double] = []
    for step in 0...last {
      try probed.advance()
      if Self.steps.contains(step) {
        signals[step] = (0..<episodes).map { probed.signal(NMDNetwork.signalOutput, row: $0) }
      }
      rewards.append(
        (0..<episodes).reduce(0) { $0 + Double(probed.environment.rewards[$1]) } / Double(episodes))
    }
    let scales = network.hidden.indices.map { layer in
      (0..<episodes).map { probed.signal(NMDNetwork.scaleOutput(layer), row: $0) }
    }
    let taken = Self.steps.filter { $0 <= last }
    var result = AnalysisResult(figures: [], diagrams: [])
    var random = (key / "shuffle").stream()
    for (index, name) in names.enumerated() {
      let values = parameters.map { $0[index] }
      addRegressions(
        name, values, taken.map { ($0, signals[$0]!) }, key: key, random: &random, to: &result)
    }
    // The last one, by convention of the benchmarks: bias, wind, which target is good.
    let main = names.count - 1
    let chosen = mostTelling(signals[taken.last!]!, parameters.map { $0[main] }, count: 5)
    for step in [taken.first!, taken[taken.count / 2], taken.last!] {
      result.diagrams.append(
        .init(
          title: "z at step \(step)", xTitle: names[main], yTitle: "z",
          curves: chosen.map { component in
            .init(
              "z\(component)", style: .dots, x: parameters.map { $0[main] },
              y: signals[step]!.map { $0[component] })
          }))
    }
    addScales(scales, parameters.map { $0[main] }, names[main], to: &result)
    result.diagrams.append(
      .init(
        title: "Reward while adapting", xTitle: "step", yTitle: "mean reward",
        curves: [
          .init(
            "", style: .line, x: rewards.indices.map(Double.init), y: rewards)
        ]))
    return result
  }

  /// The components of z that vary most with the parameter, by absolute correlation.
  private func mostTelling(_ signals: [[Double]], _ parameter: [Double], count: Int) -> [Int] {
    func correlation(_ component: Int) -> Double {
      let x = signals.map { $0[component] }
      let (mx, my) = (x.reduce(0, +) / Double(x.count), parameter.reduce(0, +) / Double(x.count))
      var (xy, xx, yy) = (0.0, 0.0, 0.0)
      for (a, b) in zip(x, parameter) {
        xy += (a - mx) * (b - my)
        xx += (a - mx) * (a - mx)
        yy += (b - my) * (b - my)
      }
      return xx > 0 && yy > 0 ? abs(xy) / (xx * yy).squareRoot() : 0
    }
    return signals[0].indices.sorted { correlation($0) > correlation($1) }.prefix(count).sorted()
  }

  private func addRegressions(
    _ name: String, _ values: [Double], _ signals: [(step: Int, z: [[Double]])], key: RandomKey,
    random: inout RandomStream, to result: inout AnalysisResult
  ) {
    // An angle is predicted by its sine and cosine.
    let isAngle = name == "wind"
    let targets = values.map { isAngle ? [sin($0), cos($0)] : [$0] }
    var (linear, hidden, chance): ([Double], [Double], [Double]) = ([], [], [])
    for (step, z) in signals {
      let regression = Regression(inputs: z, targets: targets)
      linear.append(regression.linear())
      hidden.append(regression.hiddenLayer(key: key / "regression"))
      chance.append(regression.shuffled(using: &random).linear())
      result.figures.append(.init("R² of \(name), linear, step \(step)", linear.last!))
      result.figures.append(.init("R² of \(name), hidden layer, step \(step)", hidden.last!))
      result.figures.append(.init("R² of \(name), shuffled, step \(step)", chance.last!))
    }
    let x = signals.map { log10(Double($0.step) + 1) }
    result.diagrams.append(
      .init(
        title: "What z tells of \(name)", xTitle: "log₁₀(step + 1)", yTitle: "R², held out",
        curves: [
          .init("linear", style: .line, x: x, y: linear),
          .init("hidden layer", style: .line, x: x, y: hidden),
          .init("shuffled", style: .line, x: x, y: chance),
        ]))
  }

  /// Slopes of the neurons against the parameter, as means over twenty bins of it.
  private func addScales(
    _ scales: [[[Double]]], _ parameter: [Double], _ name: String, to result: inout AnalysisResult
  ) {
    let (low, high) = (parameter.min()!, parameter.max()!)
    let bins = 20
    func bin(_ value: Double) -> Int {
      high > low ? min(bins - 1, Int((value - low) / (high - low) * Double(bins))) : 0
    }
    for (layer, rows) in scales.enumerated() {
      var curves: [AnalysisResult.Curve] = []
      var (crossing, silent) = (0, 0)
      for neuron in rows[0].indices {
        var (sums, counts) = ([Double](repeating: 0, count: bins), [Int](repeating: 0, count: bins))
        for (row, value) in zip(rows, parameter) {
          sums[bin(value)] += row[neuron]
          counts[bin(value)] += 1
        }
        let filled = (0..<bins).filter { counts[$0] > 0 }
        let means = filled.map { sums[$0] / Double(counts[$0]) }
        if means.min()! < 0 && means.max()! > 0 { crossing += 1 }
        if means.allSatisfy({ abs($0) < 0.05 }) { silent += 1 }
        curves.append(
          .init(
            "", style: .line,
            x: filled.map { low + (Double($0) + 0.5) * (high - low) / Double(bins) }, y: means))
      }
      result.figures.append(
        .init("neurons of hidden layer \(layer) whose slope changes sign", Double(crossing)))
      result.figures.append(
        .init("neurons of hidden layer \(layer) whose slope stays within ±0.05", Double(silent)))
      result.diagrams.append(
        .init(
          title: "Slopes of hidden layer \(layer)", xTitle: name, yTitle: "slope", curves: curves))
    }
  }
}
