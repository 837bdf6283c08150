#if Viewer
  import CSDL2
  import Glibc

  /// A window on the screen that shows one ``SceneFrame`` after the other and listens to keys.
  ///
  /// All of it belongs to the main thread, and there is one window at a time.
  public final class SceneWindow {
    /// Drivers of SDL that show nothing.
    private static let unseenDrivers: Set = ["offscreen", "dummy", "evdev"]
    /// Whether somebody asked for a driver.
    private static var isDriverChosen: Bool { isSaid(SDL_GetHint(SDL_HINT_VIDEODRIVER)) }
    /// Whether there is said to be a display.
    private static var isDisplayNamed: Bool {
      isSaid(getenv("DISPLAY")) || isSaid(getenv("WAYLAND_DISPLAY"))
    }

    private static func isSaid(_ text: UnsafePointer<CChar>?) -> Bool {
      text.map { $0.pointee != 0 } ?? false
    }

    private let window: OpaquePointer
    private var image: PixelImage?

    /// Opens a window of `width` × `height` points.
    ///
    /// - Throws: ``WindowError`` where there is no display.
    public init(title: String, width: Int = 960, height: Int = 640) throws(WindowError) {
      guard Self.isDisplayNamed || Self.isDriverChosen else {
        throw WindowError(reason: "no display can be used")
      }
      SDL_SetMainReady()
      // Signals stay with the program, and a window for watching must not keep a screen awake.
      SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1")
      SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1")
      guard SDL_Init(metarl_sdl_video) == 0 else { throw Self.failure("no display can be used") }
      let driver = String(cString: SDL_GetCurrentVideoDriver())
      // Where the display does not answer, SDL falls back to drawing where nobody looks.
      if Self.unseenDrivers.contains(driver) && !Self.isDriverChosen {
        SDL_Quit()
        throw WindowError(reason: "no display can be used")
      }
      // Frames come from memory; X11 takes them from there, and OpenGL, which may itself be computed
      // by the processor, would only be a detour.
      if driver == "x11" {
        SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0")
      }
      let flags = SDL_WINDOW_RESIZABLE.rawValue | SDL_WINDOW_ALLOW_HIGHDPI.rawValue
      guard
        let window = SDL_CreateWindow(
          title, metarl_sdl_centered, metarl_sdl_centered, Int32(width), Int32(height), flags)
      else {
        defer { SDL_Quit() }
        throw Self.failure("it cannot be created")
      }
      SDL_SetWindowMinimumSize(window, 320, 240)
      self.window = window
    }

    deinit {
      SDL_DestroyWindow(window)
      SDL_Quit()
    }

    /// Whether anybody could see what is drawn.
    public var isVisible: Bool {
      SDL_GetWindowFlags(window) & (SDL_WINDOW_MINIMIZED.rawValue | SDL_WINDOW_HIDDEN.rawValue) == 0
    }

    /// Shows a frame over the whole window.
    ///
    /// - Throws: ``WindowError``, or ``PlotError`` where the frame cannot be drawn.
    public func show(_ frame: SceneFrame) throws {
      guard let surface = SDL_GetWindowSurface(window) else {
        throw Self.failure("it has no surface")
      }
      let (width, height) = (Int(surface.pointee.w), Int(surface.pointee.h))
      let image = try image(width: width, height: height)
      var points: (x: Int32, y: Int32) = (0, 0)
      SDL_GetWindowSize(window, &points.x, &points.y)
      let scale = Double(width) / Double(max(points.x, 1))
      try image.draw(scale: scale) { frame.draw(on: $0, Int(points.x), Int(points.y)) }
      guard SDL_LockSurface(surface) == 0 else { throw Self.failure("its surface is locked") }
      let status = image.withBytes { bytes in
        SDL_ConvertPixels(
          surface.pointee.w, surface.pointee.h, SDL_PIXELFORMAT_RGB888.rawValue, bytes.baseAddress,
          Int32(image.bytesPerRow), surface.pointee.format.pointee.format, surface.pointee.pixels,
          surface.pointee.pitch)
      }
      SDL_UnlockSurface(surface)
      guard status == 0, SDL_UpdateWindowSurface(window) == 0 else {
        throw Self.failure("it cannot be drawn on")
      }
    }

    /// Waits until somebody asks for something, at most `seconds`, and returns all that was asked for.
    public func commands(waitingFor seconds: Double) -> [WindowCommand] {
      let deadline = SDL_GetTicks64() + UInt64((max(0, seconds) * 1000).rounded(.up))
      var commands: [WindowCommand] = []
      repeat {
        let now = SDL_GetTicks64()
        var event = SDL_Event()
        guard SDL_WaitEventTimeout(&event, Int32(deadline > now ? deadline - now : 0)) == 1 else {
          break
        }
        repeat {
          if let command = Self.command(for: event) { commands.append(command) }
        } while SDL_PollEvent(&event) == 1
      } while commands.isEmpty && SDL_GetTicks64() < deadline
      return commands
    }

    private func image(width: Int, height: Int) throws(PlotError) -> PixelImage {
      if let image, image.width == width, image.height == height { return image }
      let image = try PixelImage(width: width, height: height)
      self.image = image
      return image
    }

    private static func command(for event: SDL_Event) -> WindowCommand? {
      switch SDL_EventType(event.type) {
      case SDL_QUIT: .close
      case SDL_KEYDOWN: command(forKey: event.key.keysym.sym)
      case SDL_WINDOWEVENT:
        switch SDL_WindowEventID(UInt32(event.window.event)) {
        case SDL_WINDOWEVENT_EXPOSED, SDL_WINDOWEVENT_SIZE_CHANGED, SDL_WINDOWEVENT_RESTORED:
          .redraw
        default: nil
        }
      default: nil
      }
    }

    private static func command(forKey key: SDL_Keycode) -> WindowCommand? {
      switch SDL_KeyCode(UInt32(bitPattern: key)) {
      case SDLK_SPACE: .togglePause
      case SDLK_RIGHT, SDLK_PERIOD: .step
      case SDLK_UP, SDLK_PLUS, SDLK_EQUALS, SDLK_KP_PLUS: .faster
      case SDLK_DOWN, SDLK_MINUS, SDLK_KP_MINUS: .slower
      case SDLK_0: .normalSpeed
      case SDLK_n: .nextTrial
      case SDLK_TAB: .togglePanels
      case SDLK_s: .screenshot
      case SDLK_h: .toggleKeys
      case SDLK_q, SDLK_ESCAPE: .close
      default:
        (SDLK_1.rawValue...SDLK_9.rawValue).contains(UInt32(bitPattern: key))
          ? .togglePanel(Int(key) - Int(SDLK_1.rawValue)) : nil
      }
    }

    private static func failure(_ problem: String) -> WindowError {
      let detail = String(cString: SDL_GetError())
      return WindowError(reason: detail.isEmpty ? problem : "\(problem) (\(detail))")
    }
  }
#else
  /// The window of a build without the trait `Viewer`: it never opens.
  public final class SceneWindow {
    /// Throws: this build has no window.
    public init(title: String, width: Int = 960, height: Int = 640) throws(WindowError) {
      throw WindowError(
        reason: "this build has none (the package trait Viewer is off)",
        remedy: "Build with the trait, without --disable-default-traits")
    }

    /// Nobody sees anything.
    public var isVisible: Bool { false }

    /// Shows nothing.
    public func show(_ frame: SceneFrame) throws {}

    /// Nobody asks for anything.
    public func commands(waitingFor seconds: Double) -> [WindowCommand] { [] }
  }
#endif
