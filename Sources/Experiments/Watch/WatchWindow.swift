import Render
import Scenes

/// Shows a demonstration in a window until somebody closes it. Belongs to the main thread.
public final class WatchWindow {
  /// The shortest time between two pictures, in seconds.
  private static let frameTime = 1.0 / 60
  /// How long to wait for a key when nothing moves, in seconds.
  private static let patience = 0.25

  private let demonstration: Demonstration
  private let window: SceneWindow
  private let limits: WatchLimits
  private let pictures: String
  private var playback: Playback
  private var frameRate = FrameRate(at: .now)
  private var showsKeys = false
  private var message = "h: keys"
  private var isClosed = false

  /// Opens a window.
  ///
  /// - Parameters:
  ///   - speed: Steps a second.
  ///   - pictures: The folder that pictures are written into.
  /// - Throws: ``Failure`` where there is no display.
  public init(
    _ demonstration: Demonstration, title: String, limits: WatchLimits, speed: Double,
    pictures: String
  ) throws {
    self.demonstration = demonstration
    self.limits = limits
    self.pictures = pictures
    playback = Playback(speed: speed)
    do {
      window = try SceneWindow(title: title)
    } catch {
      throw Failure(
        .noWindow, "\(error)", remedy: "\(error.remedy), or write a film with --record FILE.")
    }
  }

  /// Plays until the window is closed or the limits are reached.
  ///
  /// - Throws: ``Failure`` where a checkpoint is not intact or a number stops being finite.
  public func run() throws {
    var last = ContinuousClock.now
    var pending = 0
    var isStale = true
    // When the next picture is due: waiting is whole milliseconds, and what one is too long the next makes up for.
    var due = last
    while !isClosed && !limits.areReached(by: demonstration) {
      let begin = ContinuousClock.now
      pending += playback.steps(after: Self.seconds(last, begin))
      last = begin
      // A slow agent must not keep the window from answering.
      while pending > 0 && !limits.areReached(by: demonstration) {
        let isLate = Self.seconds(begin, .now) > Self.frameTime
        demonstration.dashboard.isAboutToBeDrawn = pending == 1 || isLate
        try demonstration.step()
        pending = isLate ? 0 : pending - 1
        isStale = true
      }
      if isStale && window.isVisible {
        try draw()
        isStale = false
      }
      let now = ContinuousClock.now
      due = max(due + .seconds(Self.frameTime), now)
      let wait = playback.isPaused ? Self.patience : playback.secondsToNextStep
      let commands = window.commands(
        waitingFor: min(
          Self.patience, max(Self.seconds(now, due), wait - Self.seconds(begin, now))))
      for command in commands { try obey(command) }
      isStale = isStale || !commands.isEmpty
    }
  }

  private static func seconds(
    _ start: ContinuousClock.Instant, _ end: ContinuousClock.Instant
  ) -> Double { (end - start) / .seconds(1) }

  private func draw() throws {
    try window.show(frame())
    frameRate.count(at: .now)
  }

  private func frame() -> SceneFrame {
    let rate = frameRate.value.map { "\(Int($0.rounded())) pictures/s   " } ?? ""
    var frame = demonstration.frame(status: "\(playback.description)   \(rate)\(message)")
    if showsKeys { frame.notice = WindowCommand.keys.map { ($0.key, $0.meaning) } }
    return frame
  }

  private func obey(_ command: WindowCommand) throws {
    switch command {
    case .togglePause: playback.isPaused.toggle()
    case .step:
      playback.isPaused = true
      demonstration.dashboard.isAboutToBeDrawn = true
      try demonstration.step()
    case .faster: playback.accelerate()
    case .slower: playback.slowDown()
    case .normalSpeed: playback.resetSpeed()
    case .nextTrial: try demonstration.beginTrial()
    case .togglePanel(let index): demonstration.dashboard.toggle(index)
    case .togglePanels: demonstration.dashboard.toggleAll()
    case .screenshot: takePicture()
    case .toggleKeys: showsKeys.toggle()
    case .redraw: break
    case .close: isClosed = true
    }
  }

  /// Writes what is seen; where that fails, the window says so and goes on.
  private func takePicture() {
    let stem = "\(pictures)/watch-\(demonstration.iteration)-\(demonstration.steps)"
    do {
      try FileSystem.createDirectory(pictures)
      try FileSystem.replace("\(stem).png", with: frame().png())
      message = "wrote \(stem).png"
    } catch {
      message = (error as? Failure)?.problem ?? "\(error)"
    }
  }
}

/// When a demonstration ends by itself.
public struct WatchLimits {
  /// Episodes to play, nil for no limit.
  public var episodes: Int?
  /// Steps to take, nil for no limit.
  public var steps: Int?
  /// Asks again and again whether to stop.
  public var shouldStop: () -> Bool = { Interruption.isRequested }

  /// Plays for ever, or as long as told.
  public init(episodes: Int? = nil, steps: Int? = nil) {
    self.episodes = episodes
    self.steps = steps
  }

  func areReached(by demonstration: Demonstration) -> Bool {
    demonstration.finishedEpisodes >= episodes ?? .max || demonstration.steps >= steps ?? .max
      || shouldStop()
  }
}
