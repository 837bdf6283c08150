/// The road before the camera of the vehicle.
extension LaneFollowing: Watchable {
  /// 20 ms.
  public var stepDuration: Double? { Self.timeStep }

  /// The ground ahead.
  public func lightField(_ state: State, of task: Task) -> RoadAhead {
    RoadAhead(road: road(of: task), pose: state.pose)
  }
}
