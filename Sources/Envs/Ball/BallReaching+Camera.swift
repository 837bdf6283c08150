/// The ball before a camera above the plane.
extension BallReaching: Watchable {
  /// Over which distance the edge of the ball fades, in metres.
  public static let edge = 1.0

  /// 20 ms.
  public var stepDuration: Double? { Self.timeStep }

  /// A bright disc on a dark plane, which fills the image.
  public func lightField(_ state: State, of task: Task) -> SoftDisc {
    SoftDisc(onPlaneAt: state.position, halfSide: Self.halfSide, radius: Self.ballRadius)
  }
}

extension SoftDisc {
  /// A disc as a camera above sees it, whose image shows a square of `2 · halfSide` metres around the
  /// middle of the plane; y points up in the plane and down in the image.
  init(onPlaneAt position: SIMD2<Double>, halfSide: Double, radius: Double) {
    let side = 2 * halfSide
    self.init(
      center: SIMD2(
        Float((position.x + halfSide) / side), Float((halfSide - position.y) / side)),
      radius: Float(radius / side), edge: Float(BallReaching.edge / side))
  }
}
