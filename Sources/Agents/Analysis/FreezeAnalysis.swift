import Envs
import Tensor

/// Whether behaviour follows the modulation signal: it is held before and after adaptation, and the
/// targets are swapped while it is held.
///
/// | phase | condition | expected |
/// | --- | --- | --- |
/// | a | held at the initial value | explores, does not adapt |
/// | b | free | adapts |
/// | c | held after adaptation | still goes to the good target |
/// | d | held, targets swapped | goes to the bad target |
/// | e | free | recovers |
///
/// Source: Vecoven et al. 2020, figure 10. The lengths of the phases are not published; here they share
/// the episode equally.
struct FreezeAnalysis {
  static let phases = ["held at first", "free", "held", "held, swapped", "free again"]

  let environment: EnvironmentFactory
  /// Makes episodes to probe, `rows` of them.
  let probe: (_ rows: Int, _ key: RandomKey) -> ProbedEpisodes

  func run(episodes: Int, key: RandomKey) throws -> AnalysisResult {
    let probed = probe(episodes, key)
    let length = (environment.specification.horizon ?? 5000) / Self.phases.count
    let names = environment.specification.counterNames
    // Touches in each step, over all episodes, by counter.
    var touches = names.map { _ in [Double]() }
    var before = names.map { _ in 0.0 }
    for phase in Self.phases.indices {
      switch phase {
      case 0, 2: probed.hold()
      case 1, 4: probed.release()
      default:
        for row in 0..<episodes { probed.environment.edit("swapTargets", row: row) }
      }
      for step in 0..<length {
        // The last step of the horizon would begin new episodes.
        if phase == Self.phases.count - 1 && step == length - 1 { break }
        try probed.advance()
        for index in names.indices {
          let now = probed.counter(index)
          touches[index].append(now - before[index])
          before[index] = now
        }
      }
    }
    func total(_ counter: Int, _ range: Range<Int>) -> Double {
      touches[counter][range.clamped(to: touches[counter].indices)].reduce(0, +)
    }
    func goodShare(_ range: Range<Int>) -> Double {
      let (good, bad) = (total(0, range), total(1, range))
      return good + bad > 0 ? good / (good + bad) : .nan
    }
    var result = AnalysisResult(figures: [], diagrams: [])
    for (phase, name) in Self.phases.enumerated() {
      let range = phase * length..<(phase + 1) * length
      for (counter, counterName) in names.enumerated() {
        result.figures.append(
          .init("\(name): \(counterName) per episode", total(counter, range) / Double(episodes)))
      }
      result.figures.append(.init("\(name): share of good touches", goodShare(range)))
    }
    let swapped = 3 * length..<4 * length
    // Short episodes leave less time to recover than the 100 steps of the paper's length.
    let recovery = min(100, length / 2)
    let late = 4 * length + recovery..<5 * length
    result.figures.append(.init("bad share while held after the swap", 1 - goodShare(swapped)))
    result.figures.append(
      .init("good share from \(recovery) steps after the release", goodShare(late)))
    let window = max(1, length / 20)
    let places = stride(from: 0, to: touches[0].count - window + 1, by: window)
    result.diagrams.append(
      .init(
        title: "Touches while the modulation signal is held and free",
        xTitle: "step", yTitle: "touches per episode and step",
        phases: Self.phases.enumerated().map { phase, name in
          .init(name, in: Double(phase * length)...Double((phase + 1) * length))
        },
        curves: ["good target", "bad target"].enumerated().map { counter, name in
          .init(
            name, style: .line, x: places.map { Double($0) + Double(window) / 2 },
            y: places.map {
              total(counter, $0..<$0 + window) / Double(window * episodes)
            })
        }))
    return result
  }
}
