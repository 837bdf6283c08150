import Glibc

/// Rewards relative to their slow running mean:
///
/// ```
/// mean ← max(γ mean + (1 − γ) r, 0.02)       γ = exp(−1 ms / 50 s)
/// R = r / mean + 0.02 where r > 0, else 0.02
/// ```
///
/// Called once per control tick, so that the mean is over 50 000 ticks. The gain is at most 50.
///
/// Source: Kappel et al. 2018, eNeuro 5(2).
public struct RewardConditioning: Sendable, Codable, Equatable {
  /// The least mean, and what is always added.
  public static let offset = 0.02
  private static let decay = exp(-1.0 / 50_000)

  /// The running mean.
  public private(set) var mean = Self.offset

  /// A mean at its least value.
  public init() {}

  /// Takes the reward of a tick into the mean and gives it relative to that.
  public mutating func condition(_ reward: Double) -> Double {
    mean = max(Self.decay * mean + (1 - Self.decay) * reward, Self.offset)
    return reward > 0 ? reward / mean + Self.offset : Self.offset
  }
}
