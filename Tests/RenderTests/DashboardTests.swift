import Scenes
import Testing

@Suite struct DashboardTests {
  @Test(arguments: [1, 239, 240, 241, 700]) func aHistoryHoldsTheLastColumns(count: Int) {
    var history = History(rows: 2)
    var all: [[Float]] = []
    for number in 0..<count {
      all.append([Float(number), Float(-number)])
      history.append(all[number])
      if number % 100 == 50 { history.mark() }
    }
    let kept = all.suffix(History.length)
    #expect(history.count == kept.count)
    for (column, numbers) in kept.enumerated() {
      #expect([history[0, column], history[1, column]] == numbers)
    }
    let marked = (0..<count).filter { $0 % 100 == 50 && $0 >= count - kept.count }
    #expect(history.marks == marked.map { $0 - (count - kept.count) })
  }

  @Test func nothingEndsBeforeItBegins() {
    var history = History(rows: 1)
    history.mark()
    #expect(history.marks.isEmpty)
    history.append([1])
    history.mark()
    history.mark()
    #expect(history.marks == [0], "one end is marked once")
  }

  @Test func panelsKeepTheirPlaces() {
    var dashboard = Dashboard()
    for step in 0..<3 {
      dashboard.curves("reward", ["mean": Double(step), "best": 1])
      dashboard.raster("spikes", [0, 1, 0])
      for name in ["a", "b", "c"] { dashboard.matrix(name, columns: 2) { [1, 2, 3, 4] } }
    }
    #expect(dashboard.panels.map(\.name) == ["reward", "spikes", "a", "b", "c"])
    #expect(dashboard.panels.map(\.isVisible) == [true, true, true, true, false])
    guard case .curves(let history, names: ["mean", "best"]) = dashboard.panels[0].content else {
      return #expect(Bool(false))
    }
    #expect((0..<3).map { history[0, $0] } == [0, 1, 2])
    guard case .raster(let spikes) = dashboard.panels[1].content else {
      return #expect(Bool(false))
    }
    #expect((spikes.rows, spikes.count) == (3, 3))
  }

  @Test func anotherNumberOfUnitsBeginsAnew() {
    var dashboard = Dashboard()
    dashboard.raster("spikes", [0, 1, 0])
    dashboard.raster("spikes", [0, 1])
    guard case .raster(let spikes) = dashboard.panels[0].content else {
      return #expect(Bool(false))
    }
    #expect((spikes.rows, spikes.count) == (2, 1))
  }

  @Test func otherCurvesBeginAnew() {
    var dashboard = Dashboard()
    dashboard.raster("speed", [0, 1])
    dashboard.curves("speed", ["x": 1, "y": 2])
    dashboard.curves("speed", ["x": 3, "y": 4])
    guard case .curves(let both, names: ["x", "y"]) = dashboard.panels[0].content else {
      return #expect(Bool(false), "\(dashboard.panels[0].content)")
    }
    #expect((both.rows, both.count) == (2, 2))
    dashboard.curves("speed", ["z": 5])
    guard case .curves(let one, names: ["z"]) = dashboard.panels[0].content else {
      return #expect(Bool(false), "\(dashboard.panels[0].content)")
    }
    #expect((one.count, one[0, 0]) == (1, 5))
    dashboard.raster("speed", [7])
    guard case .raster(let raster) = dashboard.panels[0].content else {
      return #expect(Bool(false), "\(dashboard.panels[0].content)")
    }
    #expect((raster.count, raster[0, 0]) == (1, 7))
    #expect(dashboard.panels.count == 1)
  }

  /// Reading thousands of weights in every step would slow the agent down.
  @Test func matricesAreReadOnlyToBeDrawn() {
    var dashboard = Dashboard()
    var reads = 0
    func step() {
      dashboard.matrix("weights", columns: 1) {
        reads += 1
        return [1]
      }
    }
    step()
    dashboard.isAboutToBeDrawn = false
    step()
    dashboard.isAboutToBeDrawn = true
    dashboard.toggle(0)
    step()
    #expect(reads == 1)
    dashboard.toggle(7)
    dashboard.toggleAll()
    #expect(dashboard.panels[0].isVisible)
    step()
    #expect(reads == 2)
    dashboard.toggleAll()
    #expect(!dashboard.panels[0].isVisible)
  }
}
