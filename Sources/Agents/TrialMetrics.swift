import Envs

/// Names for the mean returns of episodes by their place within a trial: how they differ shows whether an
/// agent adapts to the task of the trial.
public enum TrialMetrics {
  /// In longer trials only the first and the last episode have metrics.
  static let longestListed = 32

  /// The means under `prefix/first`, `prefix/last` and `prefix/episode1` on; none where a trial is a
  /// single episode.
  ///
  /// - Parameter means: of each episode of a trial, NaN where there was none.
  public static func metrics(_ prefix: String, means: [Double]) -> [Metric] {
    guard means.count > 1, let first = means.first, let last = means.last else { return [] }
    let each = means.count <= longestListed ? means : []
    return [Metric("\(prefix)/first", first), Metric("\(prefix)/last", last)]
      + each.enumerated().map { Metric("\(prefix)/episode\($0 + 1)", $1) }
  }
}

extension [EpisodeReturn] {
  /// The mean return of each episode of a trial; nothing where a trial is a single episode.
  func trialMetrics(_ prefix: String, episodesPerTrial: Int) -> [Metric] {
    guard episodesPerTrial > 1 else { return [] }
    var sums = Array<Double>(repeating: 0, count: episodesPerTrial)
    var counts = sums
    for episode in self {
      sums[episode.trialEpisode] += episode.total
      counts[episode.trialEpisode] += 1
    }
    return TrialMetrics.metrics(prefix, means: zip(sums, counts).map { $0 / $1 })
  }
}
