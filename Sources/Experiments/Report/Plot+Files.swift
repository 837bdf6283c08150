import Render

extension Plot {
  /// Writes the plot as PNG and as SVG to `path` with the fitting extension.
  ///
  /// - Returns: the files written.
  /// - Throws: ``Failure`` where they cannot be.
  func write(to path: String) throws -> [String] {
    try PlotFormat.allCases.map { format in
      let file = path + "." + format.rawValue
      do {
        try FileSystem.replace(file, with: encoded(as: format))
      } catch let error as PlotError {
        throw Failure(
          .unexpected, "cannot draw \(file): \(error.reason)", remedy: "Please report it.")
      }
      return file
    }
  }
}
