import Glibc
import Scenes

extension LaneFollowing {
  /// The road around the vehicle with its markings, and the ground that the vehicle's camera sees.
  public func scene(_ state: State, of task: Task) -> Scene? {
    var scene = Scene(
      view: SceneRectangle(center: state.pose.position, width: 18, height: 12),
      background: Color(0xDCE5D6))
    draw(road(of: task), in: &scene)
    let camera = GroundCamera().footprint(reach: 5).map(state.pose.toPlane)
    scene.polygon(camera, .orange.withOpacity(0.28))
    draw(task.vehicle, in: state, in: &scene)
    scene.follow(state.pose.position, width: 0.1, .vermilion)
    return scene
  }

  private func draw(_ road: Road, in scene: inout Scene) {
    let markings = Self.markings
    let middle = road.line(offset: 0)
    scene.line(middle, width: 2 * markings.halfWidth, Color(0xB9BEC6))
    scene.line(middle, width: 2 * (markings.halfWidth - markings.kerbWidth), Color(0x5B626C))
    for side in [-1.0, 1] {
      scene.line(road.line(offset: side * markings.laneWidth), width: markings.lineWidth, .white)
    }
    scene.line(
      middle, width: markings.lineWidth, .white,
      dash: [markings.dashes.length, markings.dashes.gap])
  }

  private func draw(_ vehicle: Vehicle, in state: State, in scene: inout Scene) {
    let (rear, front) = (-Vehicle.overhang, vehicle.wheelbase + Vehicle.overhang)
    let side = Vehicle.width / 2
    let body = [
      SIMD2(rear, -side), SIMD2(front, -side), SIMD2(front, side), SIMD2(rear, side),
    ]
    scene.polygon(body.map(state.pose.toPlane), .blue)
    let wheel = 0.1 * Plane.direction(state.steering)
    let wheels = [(SIMD2(0, side), SIMD2(0.1, 0)), (SIMD2(vehicle.wheelbase, side), wheel)]
    for (center, half) in wheels {
      for sign in [-1.0, 1] {
        let place = SIMD2(center.x, sign * center.y)
        scene.line(
          [place - half, place + half].map(state.pose.toPlane), width: 0.07, .ink)
      }
    }
  }
}
