import Glibc

/// How long the way to the target of ``WindyNavigation`` is from everywhere, for one main direction
/// of the wind, and so the best heading everywhere: value iteration.
///
/// With `d` the difference from the mover to the target, wrapped into the square of side 4, and a
/// target zone `|d| ≤ 0.4`, the discounted time to the target obeys
///
///     T(d) = 0 within the zone
///     T(d) = 1 + γ min_a E_w T(wrap(d − 0.25 e(a) − 0.25 e(w)))    elsewhere
///
/// Minimising it maximises the return for *any* reward of the target and any smaller reward of the
/// steps, because a teleport does not depend on how the target was reached: with `g = E γ^τ`, τ the
/// steps to the target, a cycle is worth `g·H − r (1 − g)/(1 − γ)`, which grows with `g`, and
/// `T = (1 − g)/(1 − γ)`. On the torus the wrapped difference says everything: the zone lies inside
/// the plane, so a wrapped distance of at most 0.4 is also the plain one.
///
/// `T` is kept on a grid, continued into the zone by the second line so that it is smooth; the zone's
/// edge is looked up exactly. The wind is averaged over evenly spaced directions of its cone.
struct WindPlan: Sendable {
  /// Grid points along each side of the square.
  static let resolution = 80
  /// Headings that are compared.
  static let headings = 64
  /// Directions of the wind that are averaged.
  static let gusts = 16
  /// Discount of the time, that of the paper.
  static let discount: Float = 0.998

  private static let spacing = 2 * WrappedPlane.halfSide / Float(resolution)
  private static let steps: [SIMD2<Float>] = (0..<headings).map {
    WrappedPlane.displacement(heading: 2 * .pi * Float($0) / Float(headings))
  }

  /// E_w T(d − 0.25 e(w)), on the grid: what remains after the mover's own step.
  private var afterWind: [Float]

  /// Solves the equation for a wind of main direction `wind` in radians.
  init(wind: Float) {
    let size = Self.resolution
    let blows = (0..<Self.gusts).map { index -> SIMD2<Float> in
      let part = (Float(index) + 0.5) / Float(Self.gusts) * 2 - 1
      return WrappedPlane.displacement(heading: wind + part * WindyNavigation.windSpread)
    }
    var times = [Float](repeating: 0, count: size * size)
    afterWind = times
    while true {
      for index in 0..<size * size {
        let point = Self.point(index)
        var sum: Float = 0
        for blow in blows { sum += Self.time(times, at: point - blow) }
        afterWind[index] = sum / Float(Self.gusts)
      }
      var largestChange: Float = 0
      for index in 0..<size * size {
        let time = 1 + Self.discount * leastTime(from: Self.point(index)).time
        largestChange = max(largestChange, abs(time - times[index]))
        times[index] = time
      }
      if largestChange < 1e-2 { return }
    }
  }

  /// The best heading in radians where the target is `difference` away.
  func heading(for difference: SIMD2<Float>) -> Float {
    2 * .pi * Float(leastTime(from: difference).heading) / Float(Self.headings)
  }

  private func leastTime(from difference: SIMD2<Float>) -> (time: Float, heading: Int) {
    var best = (time: Float.infinity, heading: 0)
    for (heading, step) in Self.steps.enumerated() {
      let time = Self.interpolate(afterWind, at: difference - step)
      if time < best.time { best = (time, heading) }
    }
    return best
  }

  /// T at `difference`: zero in the zone, interpolated elsewhere.
  private static func time(_ times: [Float], at difference: SIMD2<Float>) -> Float {
    let wrapped = WrappedPlane.wrap(difference)
    let isHit =
      (wrapped * wrapped).sum() <= WrappedPlane.targetRadius * WrappedPlane.targetRadius
    return isHit ? 0 : interpolate(times, at: wrapped)
  }

  private static func point(_ index: Int) -> SIMD2<Float> {
    SIMD2(Float(index % resolution), Float(index / resolution)) * spacing - WrappedPlane.halfSide
  }

  /// Bilinear interpolation on the torus, for points up to one side outside the square.
  private static func interpolate(_ values: [Float], at point: SIMD2<Float>) -> Float {
    let size = Float(resolution)
    let scaled = (point + WrappedPlane.halfSide) / spacing + size
    let low = scaled.rounded(.down)
    let part = scaled - low
    let x0 = Int(low.x) % resolution
    let y0 = Int(low.y) % resolution * resolution
    let x1 = x0 + 1 == resolution ? 0 : x0 + 1
    let y1 = y0 + resolution == values.count ? 0 : y0 + resolution
    return values.withUnsafeBufferPointer {
      let lower = $0[y0 + x0] + part.x * ($0[y0 + x1] - $0[y0 + x0])
      let upper = $0[y1 + x0] + part.x * ($0[y1 + x1] - $0[y1 + x0])
      return lower + part.y * (upper - lower)
    }
  }
}

/// ``WindPlan``s for every main direction of the wind.
///
/// The torus looks the same after a quarter turn, so plans for one quarter suffice; a difference is
/// turned into that quarter and the heading back.
struct WindPlans: Sendable {
  /// Main directions for which a plan is made, in each quarter.
  static let perQuarter = 16
  /// The plans, made when they are first needed.
  static let shared = WindPlans()

  private let plans: [WindPlan]

  private init() {
    plans = (0..<Self.perQuarter).map {
      WindPlan(wind: (Float($0) + 0.5) * .pi / 2 / Float(Self.perQuarter))
    }
  }

  /// The best heading in radians in a wind of main direction `wind`, in [0, 2π), where the target is
  /// `difference` away.
  func heading(for difference: SIMD2<Float>, wind: Float) -> Float {
    let sector = min(Int(wind / (.pi / 2) * Float(Self.perQuarter)), 4 * Self.perQuarter - 1)
    let quarters = sector / Self.perQuarter
    var turned = WrappedPlane.wrap(difference)
    for _ in 0..<quarters { turned = SIMD2(turned.y, -turned.x) }
    return plans[sector % Self.perQuarter].heading(for: turned) + Float(quarters) * .pi / 2
  }
}
