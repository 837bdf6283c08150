/// How many episodes each row of a batch contributes to a test.
///
/// Shares are fixed beforehand, so that short episodes are not preferred. A row contributes whole trials
/// from their first episode on, so that later episodes of a trial are as many as first ones; only the
/// last trial of all may be incomplete.
public enum EpisodeShares {
  /// The shares of `episodes` episodes in at most `limit` rows, as equal as possible, larger ones first.
  public static func shares(of episodes: Int, episodesPerTrial: Int, limit: Int) -> [Int] {
    let trials = (episodes + episodesPerTrial - 1) / episodesPerTrial
    let rows = min(trials, limit)
    var shares = (0..<rows).map { row in
      (trials / rows + (row < trials % rows ? 1 : 0)) * episodesPerTrial
    }
    if let last = shares.indices.last { shares[last] -= trials * episodesPerTrial - episodes }
    return shares
  }

  /// The number of the first trial of each row with these shares, counted from 0 row after row.
  public static func firstTrials(of shares: [Int], episodesPerTrial: Int) -> [Int] {
    var next = 0
    return shares.map { share in
      defer { next += (share + episodesPerTrial - 1) / episodesPerTrial }
      return next
    }
  }
}
