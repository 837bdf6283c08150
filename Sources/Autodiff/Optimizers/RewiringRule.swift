import Tensor

/// What ``DeepRewiring`` does to which matrices.
public struct RewiringRule: Sendable, Equatable {
  /// What the number of connections is limited for.
  public enum Limit: String, Sendable, CaseIterable {
    /// All matrices together; what is missing is distributed by their sizes, as in LSNN.
    case global
    /// Each matrix by itself.
    case matrix
  }

  /// What becomes of dormant entries.
  public enum Variant: String, Sendable, CaseIterable {
    /// They sleep until they are drawn; the number of connections is exact.
    case hard
    /// Their strengths diffuse below zero, and they wake when they cross it (soft-DEEP R).
    case soft
    /// They sleep for ever, and connections stay whatever their sign: the control without rewiring.
    case fixed
  }

  /// Where the optimizer sees a derivative.
  public enum Gradients: String, Sendable, CaseIterable {
    /// At connections alone, as the published algorithm says; products need to compute no more.
    case connections
    /// At dormant entries too, so that its moments stay smooth, as in the released code of LSNN.
    case all
  }

  /// A matrix and the part of its entries that may be connections.
  public struct Matrix: Sendable, Equatable {
    /// The parameter's name.
    public var name: String
    /// From 0 to 1.
    public var connectivity: Double

    /// A matrix to rewire.
    public init(_ name: String, connectivity: Double) {
      self.name = name
      self.connectivity = connectivity
    }
  }

  /// What is rewired.
  public var matrices: [Matrix]
  /// What the number of connections is limited for.
  public var limit = Limit.global
  /// The pull of the Laplace prior towards zero.
  public var l1: Float = 0.01
  /// T: the size of the random walk.
  public var temperature: Float = 0
  /// What becomes of dormant entries.
  public var variant = Variant.hard
  /// θ of dormant entries does not fall below this, in the soft variant.
  public var smallestStrength: Float = -1
  /// Whether a connection that wakes has a new random sign; not with signed neurons.
  public var redrawsSigns = false
  /// Whether entries that the wiring excludes count as connections, as in the released code.
  public var countsSelfConnections = false

  /// Where the optimizer sees a derivative.
  public var gradients = Gradients.connections

  /// The strength of a connection that wakes.
  static let spark: Float = 1e-12

  /// A rule for `matrices` with the settings of LSNN.
  public init(_ matrices: [Matrix]) { self.matrices = matrices }
}

/// A matrix that cannot be rewired as wanted.
public struct RewiringError: Error, CustomStringConvertible, Equatable {
  /// The parameter's name.
  public let matrix: String
  /// What is wrong with it.
  public let reason: String

  /// One line for a person.
  public var description: String { "\(matrix) \(reason)" }
}

/// A matrix that is rewired, and where it is.
struct RewiredMatrix {
  let name: String
  let connectivity: Double
  let parameter: Parameter
  /// The parameter's index.
  let index: Int
  /// The first number among the parameters.
  let offset: Int
  /// The first entry among those of all rewired matrices.
  let first: Int
  var count: Int { parameter.count }

  static func all(of rule: RewiringRule, in layout: ParameterLayout) throws -> [Self] {
    var result: [Self] = []
    for matrix in rule.matrices {
      guard let index = layout.parameters.firstIndex(where: { $0.name == matrix.name }) else {
        let names = layout.parameters.map(\.name).joined(separator: ", ")
        throw RewiringError(matrix: matrix.name, reason: "is not a parameter; there are \(names)")
      }
      guard !result.contains(where: { $0.name == matrix.name }) else {
        throw RewiringError(matrix: matrix.name, reason: "is to be rewired twice")
      }
      let parameter = layout.parameters[index]
      guard !parameter.isVector else {
        throw RewiringError(
          matrix: matrix.name, reason: "is a vector, and only matrices are rewired")
      }
      guard parameter.isLearned else {
        throw RewiringError(matrix: matrix.name, reason: "is fixed, so it is not rewired")
      }
      result.append(
        Self(
          name: matrix.name, connectivity: matrix.connectivity,
          parameter: parameter, index: index, offset: layout.offsets[index],
          first: result.last.map { $0.first + $0.count } ?? 0))
    }
    return result
  }

  /// The sign of each entry: that of its weight, or the one it would begin with; 0 where the wiring
  /// allows no connection.
  func signs(of store: ParameterStore, countsSelf: Bool) -> [Int8] {
    var random = (store.key / name).stream()
    let rule =
      if case .sparse(let rule) = parameter.initializer {
        rule
      } else {
        SparseInitialization(connectivity: 1, signs: .random)
      }
    let initial = rule.signs(rows: parameter.rows, columns: parameter.columns, using: &random)
    let values = store.values + offset
    return initial.enumerated().map { entry, sign in
      let (row, column) = (entry / parameter.columns, entry % parameter.columns)
      if let wiring = parameter.wiring, !countsSelf, !wiring.connects(row: row, column: column) {
        return 0
      }
      return values[entry] == 0 ? sign : values[entry] > 0 ? 1 : -1
    }
  }
}
