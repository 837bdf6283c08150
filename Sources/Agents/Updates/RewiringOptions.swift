import Autodiff
import Configuration
import Tensor

/// Options of ``DeepRewiring``: which matrices are sparse, and how their connections move.
public struct RewiringOptions: Configurable {
  /// A matrix and the part of its entries that may be connections.
  public struct Matrix: Configurable, JSONRepresentable {
    /// The parameter's name.
    public var name = ""
    /// From 0 to 1.
    public var connectivity = 0.12

    /// No matrix.
    public init() {}

    /// The options.
    public static var fields: [Field<Self>] {
      [
        .text(
          "name", \.name, "The parameter, such as recurrent0/input; metarl describe lists them.",
          required: true),
        .number("connectivity", \.connectivity, in: 0...1, "Part of the entries that connect."),
      ]
    }
  }

  /// What is rewired; nothing without matrices.
  public var matrices: [Matrix] = []
  /// What the number of connections is limited for.
  public var limit = RewiringRule.Limit.global
  /// The pull of the prior towards zero.
  public var l1: Float = 0.01
  /// The size of the random walk.
  public var temperature: Float = 0
  /// What becomes of dormant entries.
  public var variant = RewiringRule.Variant.hard
  /// The least strength of dormant entries, in the soft variant.
  public var smallestStrength: Float = -1
  /// Whether a connection that wakes has a new random sign.
  public var redrawsSigns = false
  /// Whether self-connections count although they have no effect.
  public var countsSelfConnections = false
  /// Where the optimizer sees a derivative.
  public var gradients = RewiringRule.Gradients.connections

  /// No rewiring.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .values("matrices", \.matrices, "The matrices with a limited number of connections."),
      .choice(
        "limit", \.limit, "Whether there is one limit for all matrices, or one for each."),
      .number("l1", \.l1, in: 0...1000, "Pull of the prior towards zero."),
      .number(
        "temperature", \.temperature, in: 0...1000,
        "T of the random walk; noise η · N(0, σ²) is T = η σ² / 2."),
      .choice(
        "variant", \.variant,
        "Whether dormant entries sleep until drawn, or diffuse below zero (soft-DEEP R); or whether the "
          + "first connections stay (fixed), to compare with."),
      .number(
        "smallestStrength", \.smallestStrength, in: -1000...0,
        "The least strength of a dormant entry in the soft variant."),
      .flag(
        "redrawsSigns", \.redrawsSigns,
        "Whether a waking connection has a new random sign; not for signed neurons."),
      .flag(
        "countsSelfConnections", \.countsSelfConnections,
        "Whether self-connections without effect count as connections, as in the released code."),
      .choice(
        "gradients", \.gradients,
        "Whether the optimizer sees derivatives by connections alone, which are computed sparsely, or by "
          + "all entries, as in LSNN's released code."),
    ]
  }

  /// `optimizer`, with deep rewiring around it where matrices are named.
  ///
  /// - Parameter path: where these options are in the experiment, for errors.
  /// - Throws: `ConfigurationError` for a matrix that does not exist.
  func updater(
    around optimizer: Optimizer, of parameters: ParameterStore, key: RandomKey, at path: JSONPath
  ) throws -> any ParameterUpdater {
    guard !matrices.isEmpty else { return optimizer }
    var rule = RewiringRule(
      matrices.map { RewiringRule.Matrix($0.name, connectivity: $0.connectivity) })
    (rule.limit, rule.l1, rule.temperature) = (limit, l1, temperature)
    (rule.variant, rule.smallestStrength) = (variant, smallestStrength)
    (rule.redrawsSigns, rule.countsSelfConnections) = (redrawsSigns, countsSelfConnections)
    rule.gradients = gradients
    do {
      return try DeepRewiring(rule, around: optimizer, of: parameters, key: key)
    } catch let error as RewiringError {
      throw ConfigurationError(
        path.appending("matrices"), "\(error)",
        remedy: "Name matrices of the network, and fewer connections than they have entries.")
    }
  }

  /// The options for each of several networks whose parameters are apart: the name of a matrix is that of
  /// its network, a slash, and that of the parameter.
  ///
  /// - Parameter path: where these options are in the experiment, for errors.
  /// - Throws: `ConfigurationError` for a matrix of none of the networks.
  func parts(_ networks: [String], at path: JSONPath) throws -> [Self] {
    for matrix in matrices {
      guard networks.contains(where: { matrix.name.hasPrefix($0 + "/") }) else {
        throw ConfigurationError(
          path.appending("matrices"), "\(matrix.name) is a matrix of no network",
          remedy: "Let the name begin with \(networks.map { $0 + "/" }.joined(separator: " or ")).")
      }
    }
    return networks.map { network in
      var part = self
      part.matrices = matrices.filter { $0.name.hasPrefix(network + "/") }.map { matrix in
        var own = matrix
        own.name.removeFirst(network.count + 1)
        return own
      }
      return part
    }
  }
}

extension ParameterUpdater {
  /// How many connections there are, and how many moved in the last update; nothing without rewiring.
  func rewiringMetrics(of parameters: ParameterStore, _ prefix: String = "rewiring") -> [Metric] {
    guard let rewiring = self as? DeepRewiring else { return [] }
    let count = rewiring.connections(of: parameters).reduce(0) { $0 + $1.count }
    return [
      Metric("\(prefix)/connections", Double(count)),
      Metric("\(prefix)/moved", Double(rewiring.reconnected)),
    ]
  }
}
