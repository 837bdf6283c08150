import Configuration

/// The options of an environment and of the event camera before it.
public struct WatchedOptions<World: Configurable>: Configurable {
  /// The environment.
  public var world = World()
  /// The camera.
  public var camera = EventCameraOptions()

  /// The defaults of both.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .object("world", \.world, "The world that the camera looks at."),
      .object("camera", \.camera, "The event camera."),
    ]
  }
}
