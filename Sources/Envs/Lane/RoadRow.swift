/// The brightness of points in a row beside a road, eight at a time, as far as one circle tells.
///
/// With the curvature κ, a point whose offset from the circle is `f` has the *bent* offset
/// `b = (1 − (1 − κf)²) / κ = 2f − κf²`, which grows with `f` and, unlike it, is a polynomial of the
/// point, `2 · aside − κ · distance²`. So a border `c` metres from the middle is crossed where `|b|`
/// exceeds `c (2 − κc)` to the left and `c (2 + κc)` to the right.
///
/// The road must be one of a ``Track``: none of their curves is tighter than ``Track/smallestRadius``,
/// and parts that do not follow each other keep ``Track/clearance``. Then a point within ``reach`` of
/// the road has one nearest place on it, and if the circle knows such a place, there is no other.
struct RoadRow {
  /// How far from the road bands are told, in metres.
  private static let reach = 0.9 * min(Track.smallestRadius, Track.clearance / 2)
  /// What 32-bit numbers may do to bent offsets within the reach, with a factor of two to spare.
  private static let rounding: Float = 2e-5
  /// In place of a brightness that the circle does not tell.
  static let unknown: Float = -1
  /// In place of the brightness of a point between or on dashes.
  static let dashes: Float = -2
  /// Where the bands end, in metres from the middle of the road.
  private static let borders = {
    var borders = LaneFollowing.markings.borders
    borders[RoadBand.ground.rawValue] = reach
    return SIMD8<Float>(borders)
  }()
  /// What comes after each border.
  private static let brightness = {
    var brightness = SIMD8(repeating: unknown)
    for band in RoadBand.allCases.dropFirst() {
      brightness[band.rawValue - 1] = band.surface.map { Float($0.brightness) } ?? unknown
    }
    return brightness
  }()

  private let curvature, jumps, rate: Float
  /// How much faster than offsets bent ones change at most.
  private let slope: Float
  /// The coefficients of bent offsets in the number of the point.
  private let bent: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)
  /// What ``RoadCircle`` calls so, of point 0 and from one point to the next.
  private let along, inside: (start: SIMD8<Float>, step: SIMD8<Float>)

  /// Points that are `step` apart, the point number 0 being `point`.
  @inline(__always)
  init(through point: SIMD2<Double>, step: SIMD2<Double>, beside circle: RoadCircle) {
    let curvature = circle.curvature
    let difference = point - circle.position
    let aside = Plane.cross(circle.direction, difference)
    let stepAside = Plane.cross(circle.direction, step)
    func all(_ number: Double) -> SIMD8<Float> { SIMD8(repeating: Float(number)) }
    self.curvature = Float(curvature)
    (jumps, rate) = (Float(circle.jumps), Float(circle.rate))
    slope = Float(2 * (1 + 1.2 * Self.reach * abs(curvature)))
    bent = (
      all(2 * aside - curvature * (difference * difference).sum()),
      all(2 * (stepAside - curvature * (difference * step).sum())),
      all(-curvature * (step * step).sum())
    )
    along = (all((circle.direction * difference).sum()), all((circle.direction * step).sum()))
    inside = (all(1 - curvature * aside), all(-curvature * stepAside))
  }

  /// Fills `pixels`, of which the first is the point number `first`.
  func fill(_ pixels: UnsafeMutableBufferPointer<Float>, from first: Int) {
    for start in stride(from: 0, to: pixels.count, by: 8) {
      let seen = brightness(from: first &+ start)
      for index in 0..<min(8, pixels.count &- start) { pixels[start &+ index] = seen[index] }
    }
  }

  /// The brightness of the points `first` to `first` + 7, where the road's deviation from the circle,
  /// as in ``RoadCircle/deviation(within:inside:)``, leaves no doubt.
  @inline(__always)
  private func brightness(from first: Int) -> SIMD8<Float> {
    let place = Float(first) + SIMD8<Float>(0, 1, 2, 3, 4, 5, 6, 7)
    let bent = self.bent.0 + place * (self.bent.1 + place * self.bent.2)
    let inside = self.inside.start + place * self.inside.step
    let way = size((along.start + place * along.step) / inside)
    let deviation = way * way * (jumps + rate * way * (1 / 3.0))
    let error = slope * deviation + Self.rounding
    let curvature = SIMD8(repeating: -curvature).replacing(with: curvature, where: bent .> 0)
    let (least, most) = (size(bent) - error, size(bent) + error)
    let (borders, brightness) = (Self.borders, Self.brightness)
    var seen = SIMD8(repeating: Self.dashes)
    var isKnown = (inside .> 0.1) .& (way .< Float(RoadCircle.reach))
    for band in 0..<RoadBand.count {
      let border = borders[band] * (2 - borders[band] * curvature)
      let isBeyond = least .> border
      isKnown .&= .!(isBeyond .^ (most .> border))
      seen.replace(with: brightness[band], where: isBeyond)
    }
    return SIMD8(repeating: Self.unknown).replacing(with: seen, where: isKnown)
  }

  /// Without the sign.
  @inline(__always)
  private func size(_ numbers: SIMD8<Float>) -> SIMD8<Float> {
    numbers.replacing(with: -numbers, where: numbers .< 0)
  }
}
