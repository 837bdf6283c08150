import Experiments
import Foundation
import Glibc
import Testing
import TestSupport

/// `metarl watch` and `--render` as processes, with the dummy driver of SDL.
@Suite struct WatchTests {
  private static let withWindow = ["SDL_VIDEODRIVER": "dummy"]
  /// Where SDL may choose its driver itself, and where it has to use a screen.
  private static let withoutDisplay = ["", "x11"].map {
    ["SDL_VIDEODRIVER": $0, "DISPLAY": "", "WAYLAND_DISPLAY": ""]
  }
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      """
      {"name": "walk", "environment": "walk", "agent": {"name": "wanderer", "iterations": 20},
       "checkpoint": {"every": 4}, "evaluation": {"episodes": 10}}
      """, to: "walk.json")
  }

  private func bench(
    _ arguments: String..., environment: [String: String] = [:]
  ) throws -> Tool.Result {
    try Tool.bench.run(arguments, in: scratch.path, environment: environment)
  }

  private func train() throws {
    let result = try bench("run", "walk.json", "--output", "out", "--quiet")
    try #require(result.status == 0, "\(result.errors)")
  }

  /// An executable script called `ffmpeg` in a folder of its own, to be put first into `PATH`.
  private func fakeFFmpeg(_ body: String) throws -> [String: String] {
    try FileManager.default.createDirectory(
      atPath: scratch["bin"], withIntermediateDirectories: true)
    let path = try scratch.write("#!/bin/sh\n" + body, to: "bin/ffmpeg")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return ["PATH": scratch["bin"] + ":/usr/bin:/bin"]
  }

  private func leftovers(_ directory: String = ".") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch[directory])
      .filter { $0.hasPrefix(".partial") || $0.hasPrefix("film") }.sorted()
  }

  // MARK: Films

  @Test func withoutFFmpegAFilmIsAnAnimatedPNG() throws {
    try train()
    let empty = ["PATH": scratch["nowhere"]]
    try scratch.write("a picture that nobody named", to: "film.png")
    let picture = scratch.bytes("film.png")
    let result = try bench("watch", "out", "--record", "film.mp4", environment: empty)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors == "note: there is no ffmpeg on this machine\nwrote film.mp4.png\n",
      "\(result.errors)")
    #expect(try leftovers() == ["film.mp4.png", "film.png"])
    #expect(scratch.bytes("film.png") == picture)
    let again = try bench("watch", "out", "--record", "film2.apng", environment: empty)
    #expect(again.errors == "wrote film2.apng\n")
    #expect(scratch.bytes("film2.apng") == scratch.bytes("film.mp4.png"), "films are repeatable")
  }

  /// 960 × 640 pixels of four bytes for each of the eight steps of an episode.
  @Test func ffmpegIsGivenTheFrames() throws {
    try train()
    let path = try fakeFFmpeg(
      "echo \"$@\" > arguments\nfor last; do :; done\nwc -c > \"$last\"\n")
    let result = try bench("watch", "out", "--record", "film.mkv", environment: path)
    #expect(result.status == 0, "\(result.errors)")
    let text = String(decoding: scratch.bytes("film.mkv") ?? [], as: UTF8.self)
    #expect(text == "\(8 * 960 * 640 * 4)\n")
    let words = String(decoding: scratch.bytes("arguments") ?? [], as: UTF8.self)
    #expect(words.contains("-f rawvideo -pix_fmt bgr0 -s 960x640 -r 30 -i pipe:0"))
    #expect(try leftovers() == ["film.mkv"])
  }

  @Test(arguments: [("exit 3", 3), ("head -c 100 > /dev/null; exit 4", 4)])
  func aFailingFFmpegIsReported(script: String, status: Int) throws {
    try train()
    let path = try fakeFFmpeg(script)
    let result = try bench("watch", "out", "--record", "film.mp4", environment: path)
    #expect(result.status == ExitReason.inputOutput.rawValue)
    #expect(
      result.errors.contains(
        "cannot write the film film.mp4: ffmpeg ended with status \(status)"))
    #expect(try leftovers().isEmpty)
  }

  @Test func theLengthOfAFilmCanBeChosen() throws {
    try train()
    let path = try fakeFFmpeg("for last; do :; done\nwc -c > \"$last\"\n")
    func frames(_ options: String...) throws -> Int {
      let result = try Tool.bench.run(
        ["watch", "out", "--record", "film.mp4"] + options, in: scratch.path, environment: path)
      try #require(result.status == 0, "\(result.errors)")
      let text = String(decoding: scratch.bytes("film.mp4") ?? [], as: UTF8.self)
      return (Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0) / (960 * 640 * 4)
    }
    #expect(try frames("--episodes", "3") == 24)
    #expect(try frames("--steps", "5") == 5)
    #expect(try frames("--episodes", "2", "--speed", "60") == 8)
  }

  @Test func impossibleFilmsAreRefused() throws {
    try train()
    let odd = try bench("watch", "out", "--record", "film.txt")
    #expect(odd.status == ExitReason.usage.rawValue)
    #expect(odd.errors.contains("the name must end in .mp4"))
    let path = try fakeFFmpeg("exit 1")
    for name in ["nowhere/film.mp4", "nowhere/film.png", "walk.json/film.mp4"] {
      let result = try bench("watch", "out", "--record", name, environment: path)
      #expect(result.status == ExitReason.cannotCreate.rawValue, "\(result.errors)")
      #expect(result.errors.contains("cannot write the film \(name): "), "\(result.errors)")
    }
    #expect(try bench("watch", "out", "--speed", "0").status == ExitReason.usage.rawValue)
    #expect(try bench("watch", "out", "--episodes", "0").status == ExitReason.usage.rawValue)
  }

  // MARK: Runs

  @Test func runsThatCannotBeWatchedAreNamed() throws {
    #expect(try bench("watch", "missing").status == ExitReason.notFound.rawValue)
    _ = try bench("run", "walk.json", "--seeds", "2", "--output", "both", "--quiet")
    let two = try bench("watch", "both")
    #expect(two.status == ExitReason.usage.rawValue)
    #expect(two.errors.contains("both holds 2 runs"))
    #expect(two.errors.contains("both/seed0"))
  }

  #if Viewer
    @Test func aWindowPlaysToItsLimit() throws {
      try train()
      let result = try bench(
        "watch", "out", "--episodes", "3", "--speed", "500", environment: Self.withWindow)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.isEmpty)
    }

    @Test func aSignalClosesTheWindow() throws {
      try train()
      let running = try Tool.bench.start(
        ["watch", "out"], in: scratch.path, environment: Self.withWindow)
      usleep(500_000)
      #expect(running.isRunning)
      running.signal(SIGTERM)
      #expect(try running.finish().status == 0)
    }

    /// The run comes to the same bytes with a window and without.
    @Test func renderingChangesNothing() throws {
      try train()
      let delay = ["--set", "agent.delay=60"]
      let shown = try Tool.bench.run(
        ["run", "walk.json", "--output", "shown", "--render"] + delay, in: scratch.path,
        environment: Self.withWindow)
      #expect(shown.status == 0, "\(shown.errors)")
      #expect(!shown.errors.contains("window"), "\(shown.errors)")
      let expected = scratch.comparableFiles(of: "out", lastCheckpoint: "00000020")
      #expect(!expected.values.contains(nil))
      #expect(scratch.comparableFiles(of: "shown", lastCheckpoint: "00000020") == expected)
    }

    /// Even a run that is killed leaves no window behind.
    @Test func theWindowEndsWithTheRun() throws {
      let running = try Tool.bench.start(
        ["run", "walk.json", "--output", "out", "--render", "--set", "agent.delay=1000"],
        in: scratch.path, environment: Self.withWindow)
      let children = "/proc/\(running.identifier)/task/\(running.identifier)/children"
      var watcher: pid_t?
      for _ in 0..<500 where watcher == nil {
        usleep(20_000)
        watcher = (try? String(contentsOfFile: children, encoding: .utf8))?
          .split(separator: " ").first.flatMap { pid_t($0) }
      }
      let process = try #require(watcher)
      usleep(1_000_000)
      #expect(kill(process, 0) == 0, "the window is open")
      running.signal(SIGKILL)
      _ = try running.finish()
      var isGone = false
      for _ in 0..<500 where !isGone {
        usleep(20_000)
        isGone = kill(process, 0) != 0 || Self.isZombie(process)
      }
      #expect(isGone)
    }

    /// A process that has ended but that nobody has collected, as in a container without an init.
    private static func isZombie(_ process: pid_t) -> Bool {
      let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
      return status?.contains(") Z ") ?? true
    }

    /// How many different pixels a virtual screen of 1280 × 800 has, whose memory is the file at `path`.
    private func colors(onScreenAt path: String) -> Int {
      guard let bytes = FileManager.default.contents(atPath: path) else { return 0 }
      let size = 1280 * 800 * 4
      guard bytes.count >= size else { return 0 }
      return bytes.withUnsafeBytes { bytes in
        let words = stride(from: bytes.count - size, to: bytes.count, by: 4)
        return Set(words.map { bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self) }).count
      }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/xvfb-run")))
    func somethingIsSeenOnAScreen() throws {
      try train()
      try FileManager.default.createDirectory(
        atPath: scratch["screen"], withIntermediateDirectories: true)
      let watching = try Tool.shell.start(
        [
          "-c",
          "exec xvfb-run -a -s '-screen 0 1280x800x24 -fbdir screen' "
            + "\"$0\" watch out --steps 400 --speed 100", Tool.bench.path,
        ], in: scratch.path, environment: ["SDL_VIDEODRIVER": "x11"])
      var seen = 0
      while watching.isRunning {
        seen = max(seen, colors(onScreenAt: scratch["screen/Xvfb_screen0"]))
        Thread.sleep(forTimeInterval: 0.2)
      }
      let result = try watching.finish()
      #expect(result.status == 0, "\(result.errors)")
      // Letters alone have many shades; an empty screen has one.
      #expect(seen > 50, "\(seen) colours")
    }
  #endif

  @Test(arguments: withoutDisplay)
  func withoutADisplayWatchingFails(_ environment: [String: String]) throws {
    try train()
    let result = try bench("watch", "out", environment: environment)
    #expect(result.status == ExitReason.noWindow.rawValue)
    #expect(result.errors.contains("error: there is no window: "))
    #expect(result.errors.contains("--record FILE"))
  }

  @Test(arguments: withoutDisplay)
  func withoutADisplayTheRunGoesOn(_ environment: [String: String]) throws {
    let result = try bench(
      "run", "walk.json", "--output", "out", "--render", "--set", "agent.delay=60",
      environment: environment)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("note: there is no window: "))
    #expect(result.errors.contains("the run goes on without a window"))
  }

  @Test func oneWindowShowsOneRun() throws {
    let result = try bench("run", "walk.json", "--seeds", "2", "--jobs", "2", "--render")
    #expect(result.status == ExitReason.usage.rawValue)
    #expect(result.errors.contains("--render shows one run at a time"))
  }
}
