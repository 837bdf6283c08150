/// How far an axis must reach to show its data.
enum AxisRange {
  private static let limit = 1e300

  /// The extent of the finite numbers of `values`, or nil if there are none.
  static func extent(_ values: some Sequence<Double>) -> ClosedRange<Double>? {
    var result: ClosedRange<Double>?
    for value in values where value.isFinite {
      let value = min(max(value, -limit), limit)
      if let known = result {
        result = min(known.lowerBound, value)...max(known.upperBound, value)
      } else {
        result = value...value
      }
    }
    return result
  }

  /// `range` made finite and wide enough that its ends differ clearly.
  static func usable(_ range: ClosedRange<Double>?) -> ClosedRange<Double> {
    guard let range = extent([range?.lowerBound ?? .nan, range?.upperBound ?? .nan]) else {
      return 0...1
    }
    let size = max(abs(range.lowerBound), abs(range.upperBound))
    guard range.upperBound / 2 - range.lowerBound / 2 <= size * 1e-10 else { return range }
    guard size > 1e-290 else { return -1...1 }
    return (range.lowerBound - size * 0.1)...(range.upperBound + size * 0.1)
  }

  /// The places that `pixels` of an image take up along one axis, half of them below zero.
  static func image(_ pixels: Int) -> ClosedRange<Double> {
    -Double(pixels) / 2...Double(pixels) / 2
  }

  /// `range` with some air at its ends, but none beyond a zero that bounds the data.
  static func padded(
    _ range: ClosedRange<Double>, by fraction: Double, keepsZero: Bool
  ) -> ClosedRange<Double> {
    let air = (range.upperBound / 2 - range.lowerBound / 2) * 2 * fraction
    let lower = keepsZero && range.lowerBound == 0 ? 0 : range.lowerBound - air
    let upper = keepsZero && range.upperBound == 0 ? 0 : range.upperBound + air
    return usable(lower...upper)
  }
}

extension Panel {
  /// How far the horizontal axis reaches.
  public var horizontalRange: ClosedRange<Double> {
    if let range = x.range { return AxisRange.usable(range) }
    if !categories.isEmpty { return -0.5...(Double(categories.count) - 0.5) }
    var hasPoints = false
    var extents = series.compactMap { series -> ClosedRange<Double>? in
      switch series.mark {
      case .line(let x, let y, _):
        return AxisRange.extent(zip(x, y).lazy.filter { $1.isFinite }.map(\.0))
      case .band(let x, let lower, let upper):
        let finite = zip(x, zip(lower, upper)).lazy.filter { $1.0.isFinite && $1.1.isFinite }
        return AxisRange.extent(finite.map(\.0))
      case .points(let x, let y, _):
        hasPoints = true
        return AxisRange.extent(zip(x, y).lazy.filter { $1.isFinite }.map(\.0))
      case .bars(let values, _):
        return values.isEmpty ? nil : -0.5...(Double(values.count) - 0.5)
      case .image(_, let columns):
        return AxisRange.image(columns)
      case .arrow(let tail, let tip, _):
        return AxisRange.extent([tail.x, tip.x])
      }
    }
    extents += phases.map(\.range)
    let range = AxisRange.usable(
      AxisRange.extent(extents.flatMap { [$0.lowerBound, $0.upperBound] }))
    return hasPoints ? AxisRange.padded(range, by: 0.03, keepsZero: false) : range
  }

  /// How far the vertical axis reaches.
  public var verticalRange: ClosedRange<Double> {
    if let range = y.range { return AxisRange.usable(range) }
    var values = references.map(\.value)
    var air = 0.06
    for series in series {
      switch series.mark {
      case .line(_, let y, _), .points(_, let y, _): values += y
      case .band(_, let lower, let upper): values += lower + upper
      case .bars(let heights, let intervals):
        values += heights + [0]
        air = 0.12  // for the numbers at their ends
        values += (intervals ?? []).flatMap { [$0.lowerBound, $0.upperBound] }
      case .image(let pixels, let columns):
        let side = AxisRange.image(pixels.count / columns)
        values += [side.lowerBound, side.upperBound]
      case .arrow(let tail, let tip, _): values += [tail.y, tip.y]
      }
    }
    let range = AxisRange.usable(AxisRange.extent(values))
    guard !isMap else { return range }
    let padded = AxisRange.padded(range, by: air, keepsZero: true)
    // The names of vertical marks stand above the data.
    let across = horizontalRange
    guard marks.contains(where: { !$0.name.isEmpty && across.contains($0.value) }) else {
      return padded
    }
    let room = (padded.upperBound / 2 - padded.lowerBound / 2) * 0.4
    return AxisRange.usable(padded.lowerBound...padded.upperBound + room)
  }
}
