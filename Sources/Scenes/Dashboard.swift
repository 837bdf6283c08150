/// Panels beside a scene: what an environment and an agent show of themselves while somebody watches.
///
/// After every step both are asked to put their numbers on the dashboard, each panel under a name. The
/// dashboard remembers the last steps, so that they need not.
///
/// ```swift
/// func show(on dashboard: inout Dashboard) {
///   dashboard.curves("value", ["estimate": value])
///   dashboard.raster("spikes", spikes)
///   dashboard.matrix("weights", columns: 64) { weights }
/// }
/// ```
///
/// Curves and rasters are continued also while they are hidden. A matrix is read only when a picture of
/// it is drawn.
public struct Dashboard: Sendable {
  /// Something with a name of its own beside the scene.
  public struct Panel: Sendable {
    /// The name, which identifies the panel.
    public let name: String
    /// What it shows.
    public fileprivate(set) var content: Content
    /// Whether it is shown.
    public fileprivate(set) var isVisible: Bool
  }

  /// What a panel shows.
  public enum Content: Sendable {
    /// A few named numbers as curves over the last steps.
    case curves(History, names: [String])
    /// Many units over the last steps, one row each: spikes, events, activities.
    case raster(History)
    /// Numbers as they are now, row by row.
    case matrix([Float], columns: Int)
  }

  /// Panels that are visible without being asked for.
  public static let initiallyVisible = 4

  /// The panels in the order in which they came.
  public private(set) var panels: [Panel] = []
  /// Whether a picture is drawn after this step. Matrices are read only then.
  public var isAboutToBeDrawn = true

  /// A dashboard without panels.
  public init() {}

  // MARK: Filling in

  /// Continues the curves of the panel `name` by one number each. Other names begin the curves anew.
  public mutating func curves(_ name: String, _ values: KeyValuePairs<String, Double>) {
    let names = values.map(\.key)
    let index = index(of: name)
    var history = History(rows: names.count)
    if case .curves(let known, names) = panels[index].content { history = known }
    // The history is changed in place once the panel has let go of it.
    panels[index].content = .matrix([], columns: 1)
    history.append(values.map { Float($0.value) })
    panels[index].content = .curves(history, names: names)
  }

  /// Continues the raster `name` by a column: one number for each unit, such as 1 for a spike. Call
  /// it several times where one step of the environment holds several of the network. Another number
  /// of units begins the raster anew.
  public mutating func raster(_ name: String, _ column: [Float]) {
    let index = index(of: name)
    var history = History(rows: column.count)
    if case .raster(let known) = panels[index].content, known.rows == column.count {
      history = known
    }
    panels[index].content = .matrix([], columns: 1)
    history.append(column)
    panels[index].content = .raster(history)
  }

  /// Shows a matrix in the panel `name`.
  ///
  /// - Parameters:
  ///   - columns: Numbers in a row, at least 1.
  ///   - values: The numbers row by row.
  public mutating func matrix(_ name: String, columns: Int, _ values: () -> [Float]) {
    precondition(columns > 0, "a matrix needs a column")
    let index = index(of: name)
    guard panels[index].isVisible, isAboutToBeDrawn else { return }
    panels[index].content = .matrix(values(), columns: columns)
  }

  /// Marks in all histories that something ends here: an episode, a trial.
  public mutating func mark() {
    for index in panels.indices {
      switch panels[index].content {
      case .curves(var history, let names):
        history.mark()
        panels[index].content = .curves(history, names: names)
      case .raster(var history):
        history.mark()
        panels[index].content = .raster(history)
      case .matrix: break
      }
    }
  }

  /// Where the panel `name` stands, which is new and empty where there is none yet.
  private mutating func index(of name: String) -> Int {
    if let index = panels.firstIndex(where: { $0.name == name }) { return index }
    let isVisible = panels.count < Self.initiallyVisible
    let nothing = Content.matrix([], columns: 1)
    panels.append(Panel(name: name, content: nothing, isVisible: isVisible))
    return panels.count - 1
  }

  // MARK: Choosing

  /// Shows or hides the panel at `index`, if there is one.
  public mutating func toggle(_ index: Int) {
    guard panels.indices.contains(index) else { return }
    panels[index].isVisible.toggle()
  }

  /// Hides all panels, or shows all where none is visible.
  public mutating func toggleAll() {
    let show = !panels.contains(where: \.isVisible)
    for index in panels.indices { panels[index].isVisible = show }
  }
}
