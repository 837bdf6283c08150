extension String {
  /// How many upright lines of more than 100 points there are in an SVG file that Cairo has written.
  public var uprightLines: Int {
    matches(of: /M ([0-9.]+) ([0-9.]+) L ([0-9.]+) ([0-9.]+)/).count { match in
      guard let top = Double(match.2), let bottom = Double(match.4) else { return false }
      return match.1 == match.3 && bottom - top > 100
    }
  }
}
