import Envs
import Glibc
import Tensor
import Testing

/// The same brightness everywhere.
private struct Uniform: LightField {
  var brightness: Float

  func intensity(at point: SIMD2<Float>) -> Float { brightness }
}

/// Frames of brightness shown to a camera one after the other.
private struct Show {
  let camera: EventCamera
  var state = EventCamera.State()
  var random = RandomKey(seed: 1).stream()

  init(_ change: (inout EventCameraOptions) -> Void) {
    var options = EventCameraOptions()
    (options.width, options.height, options.thresholdDeviation) = (3, 2, 0)
    change(&options)
    camera = EventCamera(options)
  }

  mutating func see(_ field: some LightField, at time: Int64) -> [CameraEvent] {
    var events: [CameraEvent] = []
    camera.capture(field, at: time, state: &state, into: &events, using: &random)
    return events
  }

  mutating func see(_ brightness: Float, at time: Int64) -> [CameraEvent] {
    see(Uniform(brightness: brightness), at: time)
  }
}

@Suite struct EventCameraTests {
  // MARK: Frame differences

  @Test func aStepGivesOneEventForEachPixel() {
    var show = Show { _ in }
    #expect(show.see(10 / 255, at: 0).isEmpty, "the first frame is only remembered")
    let events = show.see(200 / 255, at: 20_000)
    #expect(events.count == 6)
    #expect(events.allSatisfy { $0.time == 20_000 && $0.isOn && $0.polarity == 1 })
    #expect(Set(events.map { [$0.x, $0.y] }).count == 6)
    #expect(show.see(200 / 255, at: 40_000).isEmpty)
    let off = show.see(100 / 255, at: 60_000)
    #expect(off.count == 6)
    #expect(off.allSatisfy { !$0.isOn && $0.polarity == -1 })
  }

  /// The reference stays until the pixel fires, and then jumps to the grey level.
  @Test func smallChangesAddUp() {
    var show = Show { ($0.width, $0.height) = (1, 1) }
    var counts: [Int] = []
    for (frame, grey) in [100, 106, 110, 111, 121, 122, 112, 111].enumerated() {
      counts.append(show.see(Float(grey) / 255, at: Int64(frame)).count)
    }
    // More than 10 is needed: 111 against 100, 122 against 111, 111 against 122.
    #expect(counts == [0, 0, 0, 1, 0, 1, 0, 1])
  }

  /// A pixel fires where it changed by more grey levels than the threshold, up or down.
  @Test(arguments: [0, 3, 10.5, 40] as [Float]) func smallDifferencesAreSilent(threshold: Float) {
    for change in -60...60 {
      var show = Show { ($0.width, $0.height, $0.greyThreshold) = (1, 1, threshold) }
      _ = show.see(100.0 / 255, at: 0)
      let events = show.see(Float(100 + change) / 255, at: 1000)
      #expect(events.count == (Float(abs(change)) > threshold ? 1 : 0), "by \(change)")
    }
  }

  // MARK: Crossings of log intensity

  @Test(arguments: [0.1, 0.25, 0.5, 1.0], [(0.05, 0.9), (0.9, 0.05)])
  func crossingsAreCountedAndInterpolated(threshold: Double, change: (from: Float, to: Float)) {
    var show = Show {
      $0.model = .logIntensity
      ($0.positiveThreshold, $0.negativeThreshold) = (threshold, threshold)
    }
    _ = show.see(change.from, at: 1000)
    let events = show.see(change.to, at: 11_000)
    let (before, now) = (log(1e-3 + Double(change.from)), log(1e-3 + Double(change.to)))
    let expected = Int((abs(now - before) / threshold).rounded(.down))
    #expect(events.count == 6 * expected)
    #expect(events.allSatisfy { $0.isOn == (now > before) })
    #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
    let times = events.filter { $0.x == 1 && $0.y == 1 }.map(\.time)
    for (index, time) in times.enumerated() {
      let share = Double(index + 1) * threshold / abs(now - before)
      #expect(time == 1000 + Int64((share * 10_000).rounded()))
    }
    #expect(show.see(change.to, at: 21_000).isEmpty)
  }

  @Test func thresholdsHaveTheirDirections() {
    var show = Show {
      $0.model = .logIntensity
      ($0.positiveThreshold, $0.negativeThreshold) = (0.2, 0.5)
      ($0.width, $0.height) = (1, 1)
    }
    _ = show.see(0.1, at: 0)
    let change = log(0.901 / 0.101)
    #expect(show.see(0.9, at: 1000).count == Int(change / 0.2))
    // From the last level crossed on the way up.
    let reference = log(0.101) + 0.2 * Double(Int(change / 0.2))
    #expect(show.see(0.1, at: 2000).count == Int((reference - log(0.101)) / 0.5))
  }

  /// How finely a steady change is cut into frames does not change the number of events.
  @Test(arguments: [1, 2, 7, 100]) func framesDoNotMatter(count: Int) {
    var show = Show {
      $0.model = .logIntensity
      ($0.positiveThreshold, $0.negativeThreshold) = (0.13, 0.17)
    }
    _ = show.see(0.02, at: 0)
    var events: [CameraEvent] = []
    for frame in 1...count {
      let brightness = 0.02 + 0.9 * Float(frame) / Float(count)
      events += show.see(brightness, at: Int64(100_000 * frame / count))
    }
    #expect(events.count == 6 * Int(log(0.921 / 0.021) / 0.13))
  }

  /// Events that come too early are dropped, but their levels count as crossed.
  @Test func pixelsRecover() {
    func count(refractoryPeriod: Double) -> (first: Int, second: Int) {
      var show = Show {
        $0.model = .logIntensity
        ($0.positiveThreshold, $0.width, $0.height) = (0.1, 1, 1)
        $0.refractoryPeriod = refractoryPeriod
      }
      _ = show.see(0.1, at: 0)
      let first = show.see(0.8, at: 10_000)
      if refractoryPeriod > 0 {
        for (a, b) in zip(first, first.dropFirst()) {
          #expect(b.time - a.time >= Int64(refractoryPeriod * 1000))
        }
      }
      return (first.count, show.see(0.81, at: 20_000).count)
    }
    let free = count(refractoryPeriod: 0)
    let tired = count(refractoryPeriod: 2)
    #expect(free.first == Int(log(0.801 / 0.101) / 0.1))
    #expect((3...5).contains(tired.first))
    #expect(tired.second == free.second)
  }

  /// With noise the thresholds differ between pixels, frames and directions, and are never below 0.01.
  @Test func thresholdsAreNoisy() {
    var show = Show {
      $0.model = .logIntensity
      ($0.width, $0.height) = (64, 64)
      ($0.positiveThreshold, $0.thresholdDeviation) = (0.5, 0.1)
    }
    _ = show.see(0.1, at: 0)
    // The first crossing of a pixel is its threshold; those above the change of 0.69 are missing.
    var seen: Set<[UInt16]> = []
    let firsts = show.see(0.2, at: 1_000_000).filter { seen.insert([$0.x, $0.y]).inserted }
    #expect(firsts.count > 3900 && firsts.count < 4096)
    let sum = firsts.reduce(0) { $0 + Double($1.time) * 1e-6 * log(0.201 / 0.101) }
    #expect(abs(sum / Double(firsts.count) - 0.4932) < 0.006)
    var wild = Show {
      $0.model = .logIntensity
      ($0.positiveThreshold, $0.thresholdDeviation) = (0.01, 10)
    }
    _ = wild.see(0.1, at: 0)
    #expect(wild.see(0.2, at: 1000).count <= 6 * Int(log(0.201 / 0.101) / 0.01))
  }

  @Test(arguments: [1, 999, 1999] as [Int64]) func aShortTickHasOneSlot(tick: Int64) {
    let show = Show { $0.model = .logIntensity }
    var (vision, random) = (EventVision(), show.random)
    #expect(EventVision.slots(of: show.camera.options, tick: tick) == 1)
    vision.open(show.camera, on: Uniform(brightness: 0.1), tick: tick, using: &random)
    vision.look(show.camera, at: Uniform(brightness: 0.9), tick: tick, using: &random)
    var observation = Array(repeating: Float(0), count: 6)
    observation.withUnsafeMutableBufferPointer { vision.observe(into: $0) }
    #expect(observation == Array(repeating: 1, count: 6))
  }

  // MARK: Scenes

  @Test(arguments: EventCameraOptions.Model.allCases)
  func aMovingDiscBrightensAhead(model: EventCameraOptions.Model) {
    var show = Show {
      $0.model = model
      ($0.width, $0.height) = (32, 16)
      ($0.positiveThreshold, $0.negativeThreshold) = (0.3, 0.3)
    }
    func disc(_ x: Float) -> SoftDisc {
      SoftDisc(center: SIMD2(x, 0.5), radius: 0.15, edge: 0.05)
    }
    #expect(show.see(disc(0.4), at: 0).isEmpty)
    #expect(show.see(disc(0.4), at: 20_000).isEmpty, "nothing moved")
    let events = show.see(disc(0.43), at: 40_000)
    let (on, off) = (events.filter(\.isOn), events.filter { !$0.isOn })
    #expect(!on.isEmpty && !off.isEmpty)
    #expect(on.allSatisfy { Float($0.x) / 32 > 0.4 })
    #expect(off.allSatisfy { Float($0.x) / 32 < 0.4 })
    // The disc is as high above its middle as below.
    #expect(Set(on.map { [$0.x, $0.y] }) == Set(on.map { [$0.x, 15 - $0.y] }))
  }

  @Test func eventsAreSortedByTimeAndPlace() {
    var random = RandomKey(seed: 2).stream()
    var events = (0..<3000).map { _ in
      CameraEvent(
        time: Int64(random.integer(below: 500)), x: UInt16(random.integer(below: 20)),
        y: UInt16(random.integer(below: 20)), isOn: random.uniform() < 0.5)
    }
    let expected = events.sorted {
      ($0.time, $0.y, $0.x, $0.isOn ? 1 : 0) < ($1.time, $1.y, $1.x, $1.isOn ? 1 : 0)
    }
    EventCamera.sort(&events)
    #expect(events == expected)
  }
}
