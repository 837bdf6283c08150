import Glibc
import Tensor

/// Deep rewiring, DEEP R: keeps matrices at a fixed number of connections while they learn, around any
/// optimizer.
///
/// Each entry has a sign s and, if it is a connection, a strength θ > 0: its weight is s θ. All others
/// are dormant, with weight 0. After every step of the optimizer
///
/// ```
/// θ ← θ − η L1 + √(2 η T) ν,  ν ~ N(0, 1)      connections only
/// θ < 0: the connection becomes dormant
/// random dormant entries become connections of strength 10⁻¹² until their number is right again
/// ```
///
/// Gradients of dormant entries reach the optimizer, so that its moments stay smooth, but do not wake
/// them. Random numbers depend on the update and the entry alone.
///
/// Source: Bellec, Kappel, Maass & Legenstein, "Deep rewiring: training very sparse deep networks",
/// ICLR 2018, and the released code of LSNN for its use with Adam.
public final class DeepRewiring {
  /// The rule.
  public let rule: RewiringRule
  /// What changes the weights.
  public let optimizer: Optimizer
  /// Connections at most, for each limit: one for all matrices, or one for each.
  public let limits: [Int]
  /// Connections that were woken in the last update.
  public private(set) var reconnected = 0

  private let key: RandomKey
  private let matrices: [RewiredMatrix]
  /// The matrices of each limit.
  private let groups: [[Int]]
  /// By entry of all matrices: +1 or −1, 0 where there can be no connection.
  private var signs: [Int8]
  /// By matrix: entries that can be connections.
  private let possible: [Int]
  /// Whether an entry was a connection before the step.
  private var wasConnected: [Bool]
  /// θ of dormant entries, for the soft variant.
  private var dormant: [Float]

  /// Prepares the matrices that `rule` names: connections beyond the limit are taken away at random.
  ///
  /// - Parameters:
  ///   - optimizer: what changes the weights; it has as many parameters as `parameters`.
  ///   - key: names the random streams.
  /// - Throws: ``RewiringError`` for a matrix that does not exist or cannot be rewired.
  public init(
    _ rule: RewiringRule, around optimizer: Optimizer, of parameters: ParameterStore, key: RandomKey
  ) throws {
    self.rule = rule
    self.optimizer = optimizer
    self.key = key
    matrices = try RewiredMatrix.all(of: rule, in: parameters.layout)
    signs = matrices.flatMap { $0.signs(of: parameters, countsSelf: rule.countsSelfConnections) }
    possible = matrices.map { [signs] matrix in
      signs[matrix.first..<matrix.first + matrix.count].count { $0 != 0 }
    }
    wasConnected = Array(repeating: false, count: signs.count)
    dormant = []
    groups =
      rule.limit == .global ? [Array(matrices.indices)] : matrices.indices.map { [$0] }
    limits = groups.map { [matrices] group in
      let wanted = group.reduce(0) { $0 + matrices[$1].connectivity * Double(matrices[$1].count) }
      // Exact products such as 0.12 · 68 200 may lie a little below a whole number.
      return Int(wanted + 1e-6)
    }
    for (limit, group) in zip(limits, groups) {
      let places = group.reduce(0) { $0 + possible[$1] }
      guard limit <= places else {
        throw RewiringError(
          matrix: matrices[group[0]].name,
          reason: "and what shares its limit allow \(places) connections, not \(limit)")
      }
    }
    if rule.variant == .soft {
      var random = (key / "dormant").stream()
      dormant = signs.map { _ in random.uniform(rule.smallestStrength, 0) }
    }
    parameters.update { begin($0) }
  }

  /// How many connections there are, by matrix.
  public func connections(of parameters: ParameterStore) -> [(name: String, count: Int)] {
    matrices.map { ($0.name, connections(of: $0, parameters.values)) }
  }

  private func connections(of matrix: RewiredMatrix, _ values: UnsafePointer<Float>) -> Int {
    (matrix.offset..<matrix.offset + matrix.count).count { values[$0] != 0 }
  }

  // MARK: Updating

  /// One update of `parameters` along `gradient`, and the rewiring after it; see
  /// ``Optimizer/update(_:gradient:learningRate:scale:)``.
  public func update(
    _ parameters: ParameterStore, gradient: UnsafePointer<Float>, learningRate: Float,
    scale: Float = 1
  ) {
    for matrix in matrices {
      let values = parameters.values + matrix.offset
      for entry in 0..<matrix.count {
        wasConnected[matrix.first + entry] = values[entry] != 0
      }
    }
    optimizer.update(parameters, gradient: gradient, learningRate: learningRate, scale: scale)
    parameters.update { values in
      diffuse(values, learningRate: learningRate)
      reconnected = 0
      guard rule.variant == .hard else { return }
      var random = (key / "reconnection" / optimizer.updates).stream()
      for (group, limit) in zip(groups, limits) { reconnect(group, limit, values, &random) }
    }
  }

  /// Moves strengths by the prior and by noise; connections whose strength falls below zero become
  /// dormant. The optimizer does not move dormant entries.
  private func diffuse(_ values: UnsafeMutablePointer<Float>, learningRate: Float) {
    let pull = learningRate * rule.l1
    let noise = (2 * learningRate * rule.temperature).squareRoot()
    let noiseKey = key / "noise"
    func draw(_ entry: Int) -> Float {
      noise == 0
        ? 0
        : noise * Self.normal(entry: entry, update: optimizer.updates, key: noiseKey)
    }
    for matrix in matrices {
      for entry in 0..<matrix.count {
        let (place, index) = (matrix.offset + entry, matrix.first + entry)
        if rule.variant == .fixed {
          if !wasConnected[index] { values[place] = 0 }
          continue
        }
        let sign = Float(signs[index])
        var strength: Float
        if wasConnected[index] {
          strength = sign * values[place] - pull + draw(index)
        } else if rule.variant == .soft {
          strength = max(dormant[index] + draw(index), rule.smallestStrength)
        } else {
          strength = 0
        }
        // A number that is not finite stays, for the guards to see.
        if strength <= 0 {
          if rule.variant == .soft { dormant[index] = strength }
          strength = 0
        }
        values[place] = strength == 0 ? 0 : sign * strength
      }
    }
  }

  /// Wakes dormant entries until there are `limit` connections.
  private func reconnect(
    _ group: [Int], _ limit: Int, _ values: UnsafeMutablePointer<Float>,
    _ random: inout RandomStream
  ) {
    let counts = group.map { connections(of: matrices[$0], values) }
    var free = zip(group, counts).map { possible[$0] - $1 }
    let missing = limit - counts.reduce(0, +)
    for _ in 0..<max(missing, 0) {
      let weights = zip(group, free).map { index, free in
        free > 0 ? matrices[index].connectivity * Double(matrices[index].count) : 0
      }
      let chosen = Self.choose(weights, &random)
      let matrix = matrices[group[chosen]]
      let entry = dormantEntry(of: matrix, free: free[chosen], values, &random)
      if rule.redrawsSigns { signs[matrix.first + entry] = random.next32() & 1 == 0 ? 1 : -1 }
      values[matrix.offset + entry] = Float(signs[matrix.first + entry]) * RewiringRule.spark
      free[chosen] -= 1
      reconnected += 1
    }
  }

  /// A random entry of `matrix` that could be a connection and is none; there are `free` of them.
  private func dormantEntry(
    of matrix: RewiredMatrix, free: Int, _ values: UnsafeMutablePointer<Float>,
    _ random: inout RandomStream
  ) -> Int {
    func isDormant(_ entry: Int) -> Bool {
      signs[matrix.first + entry] != 0 && values[matrix.offset + entry] == 0
    }
    // Sparse matrices are hit at once; in dense ones the wanted entry is counted out.
    for _ in 0..<32 {
      let entry = random.integer(below: matrix.count)
      if isDormant(entry) { return entry }
    }
    var remaining = random.integer(below: free)
    for entry in 0..<matrix.count where isDormant(entry) {
      if remaining == 0 { return entry }
      remaining -= 1
    }
    preconditionFailure("\(matrix.name) has no dormant entry")
  }

  /// An index with a probability in proportion to its weight.
  private static func choose(_ weights: [Double], _ random: inout RandomStream) -> Int {
    guard weights.count > 1 else { return 0 }
    var rest = random.uniformDouble() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      if rest < weight { return index }
      rest -= weight
    }
    return weights.lastIndex { $0 > 0 } ?? 0
  }

  /// A standard normal number for one entry in one update.
  private static func normal(entry: Int, update: Int, key: RandomKey) -> Float {
    let words = Philox.block(low: UInt64(entry), high: UInt64(update), key: key.bits)
    let (u1, u2) = ((Double(words[0]) + 1) * 0x1p-32, Double(words[1]) * 0x1p-32)
    return Float((-2 * log(u1)).squareRoot() * cos(2 * .pi * u2))
  }

  // MARK: Beginning

  /// Takes connections away until there are no more than allowed.
  private func begin(_ values: UnsafeMutablePointer<Float>) {
    for matrix in matrices {
      for entry in 0..<matrix.count where signs[matrix.first + entry] == 0 {
        values[matrix.offset + entry] = 0
      }
    }
    for (number, (group, limit)) in zip(groups, limits).enumerated() {
      var random = (key / "beginning" / number).stream()
      var connected = group.flatMap { index in
        let matrix = matrices[index]
        return (matrix.offset..<matrix.offset + matrix.count).filter { values[$0] != 0 }
      }
      while connected.count > limit {
        let place = random.integer(below: connected.count)
        values[connected[place]] = 0
        connected.swapAt(place, connected.count - 1)
        connected.removeLast()
      }
    }
  }

  // MARK: Storage

  /// Stores the optimizer's memory and the signs under names beginning with `prefix`.
  public func save(into archive: inout Archive, prefix: String) {
    optimizer.save(into: &archive, prefix: prefix)
    archive.store(
      ArchivedTensor(
        type: .uint8, shape: [signs.count], bytes: signs.map { UInt8(bitPattern: $0) }),
      "\(prefix)/signs", in: .optimizer)
    archive.store(ArchivedTensor(dormant), "\(prefix)/dormant", in: .optimizer)
  }

  /// Restores what `save` stored.
  ///
  /// - Throws: ``ArchiveError`` if a tensor is missing or of another size.
  public func restore(from archive: Archive, prefix: String) throws {
    try optimizer.restore(from: archive, prefix: prefix)
    let stored = try archive.tensor("\(prefix)/signs", in: .optimizer)
    guard stored.type == .uint8, stored.bytes.count == signs.count else {
      throw ArchiveError(name: "\(prefix)/signs", reason: "does not hold \(signs.count) signs")
    }
    signs = stored.bytes.map { Int8(bitPattern: $0) }
    dormant = try archive.floats("\(prefix)/dormant", count: dormant.count, in: .optimizer)
  }
}
