import Configuration

/// Makes a cell of a given size: what the registry of cells holds.
public struct CellFactory: Sendable {
  /// A cell of `size` units.
  public let make: @Sendable (_ size: Int) -> any Cell

  /// Makes copies of `cell` with other sizes.
  public init(_ cell: some Cell) {
    make = { size in
      var sized = cell
      sized.size = size
      return sized
    }
  }
}

extension Registry<CellFactory> {
  /// Adds a cell type under `name`.
  public mutating func register<NewCell: Cell>(
    _ name: String, _ summary: String, otherNames: [String] = [], _ type: NewCell.Type
  ) {
    register(
      Entry(name, summary, otherNames: otherNames, options: NewCell.self) { CellFactory($0) })
  }
}

/// A cell named in a configuration, with its options.
public struct CellChoice: RegistryChoice {
  /// Cells.
  public static var kind: String { "cell" }
  /// Where names are looked up. The experiment binds it to its own library while it reads.
  @TaskLocal public static var registry = Registry<CellFactory>.standard

  /// The name with every option filled in.
  public let json: JSONValue
  private let factory: CellFactory

  /// A cell that has been looked up.
  public init(_ factory: CellFactory, json: JSONValue) {
    self.factory = factory
    self.json = json
  }

  /// `cell`, which is registered under `name`. For defaults of cells that hold cells, which cannot be
  /// looked up while the registry is being made.
  public init(_ name: String, _ cell: some Cell) {
    var members = [JSONValue.Member("name", .string(name))]
    if case .object(let options) = cell.json { members += options }
    self.init(CellFactory(cell), json: .object(members))
  }

  /// The cell with `size` units.
  public func cell(size: Int) -> any Cell { factory.make(size) }
}
