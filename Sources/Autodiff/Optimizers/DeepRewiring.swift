import CKernels
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
/// Gradients reach the optimizer at connections only, and matrices are marked as sparse, so that
/// executors need not compute others; with ``RewiringRule/Gradients/all`` those of dormant entries do as
/// well, but do not wake them. Random numbers depend on the update and the entry alone.
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
  /// By matrix: those of them that are none.
  private var free: [Int]
  /// By matrix: its dormant entries, while some are woken and guessing them takes too long.
  private var dormantEntries: [[Int]?]
  /// Entries before the step.
  private let before: FloatBuffer
  private let connected = ConnectionList()
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
    free = possible
    dormantEntries = Array(repeating: nil, count: matrices.count)
    before = FloatBuffer(count: signs.count)
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
    parameters.rewired.formUnion(matrices.map(\.index))
    if rule.gradients == .connections { parameters.sparse.formUnion(matrices.map(\.index)) }
  }

  /// How many connections there are, by matrix.
  public func connections(of parameters: ParameterStore) -> [(name: String, count: Int)] {
    matrices.map { ($0.name, connections(of: $0, parameters.values)) }
  }

  private func connections(of matrix: RewiredMatrix, _ values: UnsafePointer<Float>) -> Int {
    ConnectionList.count(
      in: values + matrix.offset, rows: matrix.parameter.rows, columns: matrix.parameter.columns)
  }

  /// Takes over parameters that something else has changed, such as weights of another training: their
  /// signs hold from now on, and connections beyond the limit are taken away at random.
  public func adopt(_ parameters: ParameterStore) {
    for matrix in matrices {
      for entry in 0..<matrix.count where signs[matrix.first + entry] != 0 {
        let value = parameters.values[matrix.offset + entry]
        if value != 0 { signs[matrix.first + entry] = value > 0 ? 1 : -1 }
      }
    }
    parameters.update { begin($0) }
  }

  // MARK: Updating

  /// One update of `parameters` along `gradient`, and the rewiring after it; see
  /// ``Optimizer/update(_:gradient:learningRate:scale:)``.
  public func update(
    _ parameters: ParameterStore, gradient: UnsafePointer<Float>, learningRate: Float,
    scale: Float = 1
  ) {
    for matrix in matrices {
      (before.pointer + matrix.first).update(
        from: parameters.values + matrix.offset, count: matrix.count)
    }
    // The moments of dormant entries fade to subnormal numbers, which are slow.
    let mode = metarl_flush_subnormals()
    optimizer.update(parameters, gradient: gradient, learningRate: learningRate, scale: scale)
    metarl_restore_subnormals(mode)
    parameters.update { values in
      diffuse(values, learningRate: learningRate)
      reconnected = 0
      guard rule.variant == .hard else { return }
      var random = (key / "reconnection" / optimizer.updates).stream()
      for (group, limit) in zip(groups, limits) {
        reconnect(group, limit, values, &random) { RewiringRule.spark }
      }
    }
  }

  /// Moves strengths by the prior and by noise; connections whose strength falls below zero become
  /// dormant. The optimizer does not move dormant entries.
  private func diffuse(_ values: UnsafeMutablePointer<Float>, learningRate: Float) {
    let noise = (2 * learningRate * rule.temperature).squareRoot()
    let noiseKey = key / "noise"
    func draw(_ index: Int) -> Float {
      noise == 0
        ? 0
        : noise * Self.normal(entry: index, update: optimizer.updates, key: noiseKey)
    }
    for matrix in matrices {
      let (values, before) = (values + matrix.offset, before.pointer + matrix.first)
      metarl_confine(values, before, Int64(matrix.count))
      guard rule.variant != .fixed else { continue }
      connected.find(in: before, rows: matrix.parameter.rows, columns: matrix.parameter.columns)
      for connection in UnsafeBufferPointer(start: connected.connections, count: connected.count) {
        let entry = Int(connection.row) * matrix.parameter.columns + Int(connection.column)
        let index = matrix.first + entry
        let strength = Float(signs[index]) * values[entry] - learningRate * rule.l1 + draw(index)
        values[entry] = weight(strength, index)
      }
      guard rule.variant == .soft else { continue }
      for entry in 0..<matrix.count where before[entry] == 0 {
        let index = matrix.first + entry
        let strength = max(dormant[index] + draw(index), rule.smallestStrength)
        values[entry] = weight(strength, index)
      }
    }
  }

  /// The weight of an entry, 0 where it is dormant now. A number that is not finite stays, for the
  /// guards to see.
  private func weight(_ strength: Float, _ index: Int) -> Float {
    guard strength <= 0 else { return Float(signs[index]) * strength }
    if rule.variant == .soft { dormant[index] = strength }
    return 0
  }

  /// Wakes dormant entries until there are `limit` connections.
  private func reconnect(
    _ group: [Int], _ limit: Int, _ values: UnsafeMutablePointer<Float>,
    _ random: inout RandomStream, strength: () -> Float
  ) {
    var missing = limit
    for index in group {
      let count = connections(of: matrices[index], values)
      free[index] = possible[index] - count
      dormantEntries[index] = nil
      missing -= count
    }
    while missing > 0 {
      let chosen = choose(from: group, &random)
      let matrix = matrices[chosen]
      let entry = dormantEntry(of: matrix, values, &random, list: &dormantEntries[chosen])
      if rule.redrawsSigns { signs[matrix.first + entry] = random.next32() & 1 == 0 ? 1 : -1 }
      values[matrix.offset + entry] = Float(signs[matrix.first + entry]) * strength()
      free[chosen] -= 1
      missing -= 1
      reconnected += 1
    }
  }

  /// A random entry of `matrix` that could be a connection and is none.
  ///
  /// Sparse matrices are hit at once. In dense ones dormant entries are listed, once for all that are
  /// to be woken.
  private func dormantEntry(
    of matrix: RewiredMatrix, _ values: UnsafePointer<Float>, _ random: inout RandomStream,
    list: inout [Int]?
  ) -> Int {
    func isDormant(_ entry: Int) -> Bool {
      signs[matrix.first + entry] != 0 && values[matrix.offset + entry] == 0
    }
    if list == nil {
      for _ in 0..<32 {
        let entry = random.integer(below: matrix.count)
        if isDormant(entry) { return entry }
      }
      list = (0..<matrix.count).filter(isDormant)
    }
    let place = random.integer(below: list!.count)
    list!.swapAt(place, list!.count - 1)
    return list!.removeLast()
  }

  /// One of the matrices with dormant entries, with a probability in proportion to its size.
  private func choose(from group: [Int], _ random: inout RandomStream) -> Int {
    guard group.count > 1 else { return group[0] }
    func weight(_ index: Int) -> Double {
      free[index] > 0 ? matrices[index].connectivity * Double(matrices[index].count) : 0
    }
    var rest = random.uniformDouble() * group.reduce(0) { $0 + weight($1) }
    for index in group {
      if rest < weight(index) { return index }
      rest -= weight(index)
    }
    return group.last { free[$0] > 0 } ?? group[0]
  }

  /// A standard normal number for one entry in one update.
  private static func normal(entry: Int, update: Int, key: RandomKey) -> Float {
    let words = Philox.block(low: UInt64(entry), high: UInt64(update), key: key.bits)
    let (u1, u2) = ((Double(words[0]) + 1) * 0x1p-32, Double(words[1]) * 0x1p-32)
    return Float((-2 * log(u1)).squareRoot() * cos(2 * .pi * u2))
  }

  // MARK: Beginning

  /// Takes connections away until there are no more than allowed. Where rewiring would soon make up for
  /// missing ones, a fixed mask gets them now, as strong as others.
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
      guard rule.variant == .fixed, !connected.isEmpty else { continue }
      let strengths = connected.map { abs(values[$0]) }
      var model = (key / "strengths" / number).stream()
      reconnect(group, limit, values, &random) {
        strengths[model.integer(below: strengths.count)]
      }
    }
  }

  // MARK: Storage

  /// Remembers the optimizer's memory and the signs; what is returned goes back to them.
  public func makeRestorePoint() -> () -> Void {
    let (restoresOptimizer, signs, dormant) = (optimizer.makeRestorePoint(), signs, dormant)
    return {
      restoresOptimizer()
      (self.signs, self.dormant) = (signs, dormant)
    }
  }

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
