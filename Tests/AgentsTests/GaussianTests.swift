import Agents
import Autodiff
import Foundation
import Tensor
import Testing

/// The Gaussian's formulas against closed forms, and these against samples.
@Suite struct GaussianTests {
  static let size = 3

  /// Log-probability of `action` under the first Gaussian, its entropy, and KL(second ‖ first).
  static let program: Program = {
    let tracer = Tracer()
    func gaussian(_ name: String) -> Gaussian {
      Gaussian(
        mean: tracer.input(name + "Mean", width: size),
        logVariance: tracer.input(name + "LogVariance", width: size))
    }
    let (new, old) = (gaussian("new"), gaussian("old"))
    tracer.output("logProbability", new.logProbability(tracer.input("action", width: size)))
    tracer.output("entropy", new.entropy())
    tracer.output("divergence", new.divergence(from: old))
    return tracer.finish()
  }()

  struct Moments {
    var mean: [Double]
    var logVariance: [Double]

    func logDensity(_ x: [Double]) -> Double {
      zip(x, zip(mean, logVariance)).reduce(0) { sum, term in
        let (x, (mean, logVariance)) = term
        return sum - 0.5
          * (log(2 * .pi) + logVariance + (x - mean) * (x - mean) / exp(logVariance))
      }
    }

    func sample(_ random: inout RandomStream) -> [Double] {
      zip(mean, logVariance).map { $0 + exp(0.5 * $1) * Double(random.normal()) }
    }
  }

  static let new = Moments(mean: [0.3, -1, 2], logVariance: [-1, 0.5, -2])
  static let old = Moments(mean: [0.1, -0.7, 2.2], logVariance: [-0.6, 0.2, -1.5])

  /// By output name, in Double.
  static func evaluate(_ new: Moments, _ old: Moments, action: [Double]) -> [String: Double] {
    let run = ReferenceExecutor(program).forward(
      [[new.mean], [new.logVariance], [old.mean], [old.logVariance], [action]], steps: 1, rows: 1,
      parameters: [])
    return Dictionary(
      uniqueKeysWithValues: zip(program.outputs.map(\.name), run.outputs.map { $0[0][0] }))
  }

  @Test func closedForms() throws {
    let action = [0.9, -1.4, 2.1]
    let values = Self.evaluate(Self.new, Self.old, action: action)
    let constant = 0.5 * 3 * log(2 * Double.pi)
    let density = Self.new.logDensity(action) + constant
    #expect(abs(try #require(values["logProbability"]) - density) < 1e-5)
    let entropy = 0.5 * (-1 + 0.5 - 2) + 1.5 * (1 + log(2 * .pi))
    #expect(abs(try #require(values["entropy"]) - entropy) < 1e-6)
    var divergence = 0.0
    for i in 0..<3 {
      let (v, w) = (exp(Self.new.logVariance[i]), exp(Self.old.logVariance[i]))
      let distance = Self.new.mean[i] - Self.old.mean[i]
      divergence += 0.5 * (w / v + distance * distance / v - 1 + log(v / w))
    }
    #expect(abs(try #require(values["divergence"]) - divergence) < 1e-5)
    let same = Self.evaluate(Self.new, Self.new, action: action)
    #expect(abs(try #require(same["divergence"])) < 1e-6)
  }

  /// E[−ln p] is the entropy, and E_old[ln p_old − ln p_new] the divergence.
  @Test func monteCarlo() throws {
    var random = (RandomKey(seed: 1) / "samples").stream()
    let count = 200_000
    var (surprise, divergence) = (0.0, 0.0)
    for _ in 0..<count {
      surprise -= Self.new.logDensity(Self.new.sample(&random))
      let x = Self.old.sample(&random)
      divergence += Self.old.logDensity(x) - Self.new.logDensity(x)
    }
    let values = Self.evaluate(Self.new, Self.old, action: [0, 0, 0])
    // About four standard errors: each term's deviation is near 1.2 and 0.7.
    #expect(abs(try #require(values["entropy"]) - surprise / Double(count)) < 0.012)
    #expect(abs(try #require(values["divergence"]) - divergence / Double(count)) < 0.008)
  }

  @Test func derivativesAgree() {
    var check = ProgramCheck(Self.program)
    check.steps = 2
    let report = check.run()
    #expect(report.gradientError < 1e-6, "\(report)")
    #expect(report.outputError < 2e-6 && report.fastGradientError < 1e-5, "\(report)")
  }
}
