import Render
import Scenes

/// A demonstration written as a film. It needs no display.
public enum Recording {
  /// Plays to the limits and writes what is seen.
  ///
  /// - Parameters:
  ///   - speed: Steps for each second of the film.
  ///   - path: The file; its extension says how, see `Film`.
  /// - Returns: the file written, with `.png` after the name where the machine has no `ffmpeg`.
  /// - Throws: ``Failure`` for another extension, where the file cannot be created or written, a checkpoint is
  ///   not intact or a number stops being finite.
  public static func record(
    _ demonstration: Demonstration, limits: WatchLimits, speed: Double, to path: String
  ) throws -> String {
    func failure(_ status: ExitReason, _ error: PlotError) -> Failure {
      Failure(
        status, "cannot write the film \(path): \(error.reason)",
        remedy: "Choose another file with --record, or mend what stands above.")
    }
    let film: Film
    do {
      film = try Film(path: path)
    } catch {
      throw failure(Film.hasKnownExtension(path) ? .cannotCreate : .usage, error)
    }
    do {
      var playback = Playback(speed: speed)
      while !limits.areReached(by: demonstration) {
        let steps = playback.steps(after: 1 / Double(film.framesPerSecond))
        for step in 0..<steps where !limits.areReached(by: demonstration) {
          demonstration.dashboard.isAboutToBeDrawn = step == steps - 1
          try demonstration.step()
        }
        try film.add(demonstration.frame())
      }
      try film.finish()
      return film.path
    } catch let error as PlotError {
      throw failure(.inputOutput, error)
    }
  }
}
