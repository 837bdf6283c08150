#if Viewer
  import CSDL2
  import Render
  import Testing

  /// A window without a display: SDL's dummy driver, which draws into memory.
  @MainActor @Suite(.serialized) struct WindowTests {
    /// Until the window closes.
    private func choose(driver: String) {
      SDL_SetHintWithPriority(SDL_HINT_VIDEODRIVER, driver, SDL_HINT_OVERRIDE)
    }

    private func press(_ key: SDL_KeyCode) {
      var event = SDL_Event()
      event.type = SDL_KEYDOWN.rawValue
      event.key.keysym.sym = SDL_Keycode(key.rawValue)
      SDL_PushEvent(&event)
    }

    @Test func aWindowShowsFramesAndListensToKeys() throws {
      choose(driver: "dummy")
      let window = try SceneWindow(title: "test", width: 400, height: 300)
      _ = window.commands(waitingFor: 0)
      #expect(window.isVisible)
      try window.show(Gallery.frame())
      let keys: [(SDL_KeyCode, WindowCommand)] = [
        (SDLK_SPACE, .togglePause), (SDLK_RIGHT, .step), (SDLK_PERIOD, .step), (SDLK_UP, .faster),
        (SDLK_EQUALS, .faster), (SDLK_KP_MINUS, .slower), (SDLK_DOWN, .slower),
        (SDLK_0, .normalSpeed), (SDLK_n, .nextTrial), (SDLK_1, .togglePanel(0)),
        (SDLK_9, .togglePanel(8)), (SDLK_TAB, .togglePanels), (SDLK_s, .screenshot),
        (SDLK_h, .toggleKeys), (SDLK_q, .close), (SDLK_ESCAPE, .close),
      ]
      press(SDLK_x)
      for (key, _) in keys { press(key) }
      #expect(window.commands(waitingFor: 10) == keys.map(\.1))
      #expect(window.commands(waitingFor: 0.01).isEmpty)
      var quit = SDL_Event()
      quit.type = SDL_QUIT.rawValue
      SDL_PushEvent(&quit)
      #expect(window.commands(waitingFor: 10) == [.close])
    }

    @Test func withoutADriverThereIsAnError() {
      choose(driver: "nonsense")
      let error = #expect(throws: WindowError.self) { try SceneWindow(title: "test") }
      #expect(error?.description.contains("there is no window: no display can be used (") == true)
    }
  }
#endif
