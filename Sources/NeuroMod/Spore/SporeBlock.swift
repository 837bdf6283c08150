import Glibc
import Tensor

/// A block of steps in which no weight changes. Eligibilities and gradients at its end are then sums of
/// rank-one terms over its steps q = 1 … n, with the decays a of e and c of g, presynaptic traces y,
/// postsynaptic traces b and rewards R:
///
/// ```
/// e_n = aⁿ e₀ + w Σ y_q b_q a^{n−q}
/// g_n = cⁿ g₀ + e₀ C + w Σ y_q b_q D_q         D_q = R_q c^{n−q} + a D_{q+1},  C = a D₁
/// θ_n = θ₀ + β c_e (e₀ a F₁ + w Σ y_q b_q F_q)  F_q = R_q + a F_{q+1}
/// ```
///
/// so that one pass over the synapses serves the whole block. Each sum is one over the jumps of the filter
/// behind y, see ``SynapticTraces``, times what a jump of 1 adds, which is the same for all sources.
final class SporeBlock {
  /// Steps that there is room for.
  let capacity: Int
  /// Steps so far.
  private(set) var count = 0
  /// Products for each step: a^{n−q}, D_q and, where θ follows e directly, β c_e F_q.
  let scale: FloatBuffer
  /// Rows of `scale` in use.
  let products: Int
  /// aⁿ, cⁿ, C and β c_e a F₁, after ``finish(directRate:)``.
  private(set) var eligibilityDecay: Float = 1
  private(set) var gradientDecay: Float = 1
  private(set) var gradientCarry: Float = 0
  private(set) var directCarry: Float = 0
  private let rewards: FloatBuffer
  private let eligibility: Double
  private let gradient: Double

  /// An empty block with the decays of `options`.
  init(_ options: SporeSynapseOptions) {
    capacity = min(options.interval, 128)
    products = options.eligibilityRate > 0 ? 3 : 2
    eligibility = exp(-1 / options.eligibilityTime)
    gradient = exp(-1 / options.gradientTime)
    rewards = FloatBuffer(count: capacity)
    scale = FloatBuffer(count: products * capacity)
  }

  /// Whether no step fits in any more.
  var isFull: Bool { count == capacity }

  /// Adds a step with reward `reward`.
  func append(reward: Float) {
    rewards.pointer[count] = reward
    count += 1
  }

  /// Works out the factors for the steps so far.
  ///
  /// - Parameter directRate: β c_e
  func finish(directRate: Double) {
    let (a, c) = (eligibility, gradient)
    var (eligibilityPower, gradientPower, d, f) = (1.0, 1.0, 0.0, 0.0)
    for step in (0..<count).reversed() {
      let reward = Double(rewards.pointer[step])
      d = reward * gradientPower + a * d
      f = reward + a * f
      scale.pointer[step] = Float(eligibilityPower)
      scale.pointer[count + step] = Float(d)
      if products == 3 { scale.pointer[2 * count + step] = Float(directRate * f) }
      eligibilityPower *= a
      gradientPower *= c
    }
    eligibilityDecay = Float(eligibilityPower)
    gradientDecay = Float(gradientPower)
    gradientCarry = Float(a * d)
    directCarry = Float(directRate * a * f)
  }

  /// Forgets the steps.
  func clear() { count = 0 }
}
