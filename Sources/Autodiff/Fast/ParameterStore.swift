import Tensor

/// The parameters of one network, shared by every program that uses them.
public final class ParameterStore {
  /// Names and places.
  public let layout: ParameterLayout
  /// What the initial numbers were drawn from.
  public let key: RandomKey
  private let buffer: FloatBuffer
  /// The matrices, by index, that are sparse by intention: what is zero is no connection, and there is
  /// no derivative by it.
  public var sparse: Set<Int> = [] {
    didSet { version += 1 }
  }
  /// The matrices, by index, of which a rule keeps only a part as connections, whether or not there are derivatives
  /// by the rest.
  var rewired: Set<Int> = [] {
    didSet { version += 1 }
  }
  /// Counts the changes, so that executors know when to pack anew.
  public private(set) var version = 1

  /// Parameters drawn by their initializers, each from the stream `key / name`, so that one
  /// parameter's numbers never depend on another's existence.
  public init(_ parameters: [Parameter], key: RandomKey) {
    layout = ParameterLayout(parameters)
    self.key = key
    buffer = FloatBuffer(count: layout.storage)
    for (parameter, offset) in zip(parameters, layout.offsets) {
      var stream = (key / parameter.name).stream()
      let values = parameter.initializer.values(
        rows: parameter.rows, columns: parameter.columns, using: &stream)
      for (index, value) in values.enumerated() { buffer.pointer[offset + index] = value }
    }
    for matrix in layout.unfolded {
      for (entry, place) in matrix.places.enumerated() where place < 0 {
        buffer.pointer[matrix.source + entry] = 0
      }
    }
    settle()
  }

  /// The numbers, in the order of the layout.
  public var values: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }

  /// A copy of the numbers.
  public var array: [Float] {
    Array(UnsafeBufferPointer(start: buffer.pointer, count: layout.count))
  }

  /// Changes the numbers.
  public func update(_ change: (UnsafeMutablePointer<Float>) -> Void) {
    change(buffer.pointer)
    settle()
    version += 1
  }

  /// Whether a matrix is meant to go on with few connections.
  func staysSparse(_ parameter: Int) -> Bool {
    sparse.contains(parameter) || rewired.contains(parameter)
  }

  /// Replaces the numbers; `values` must be as many.
  public func assign(_ values: [Float]) {
    precondition(values.count == layout.count, "\(values.count) numbers do not fill the layout")
    for (index, value) in values.enumerated() { buffer.pointer[index] = value }
    settle()
    version += 1
  }

  /// Moves numbers outside their parameter's range to its nearest bound, NaN excepted, and brings the
  /// copies of wired matrices up to date.
  private func settle() {
    for (parameter, offset) in zip(layout.parameters, layout.offsets) {
      guard let range = parameter.range else { continue }
      for index in offset..<offset + parameter.count {
        let value = buffer.pointer[index]
        if value < range.lowerBound { buffer.pointer[index] = range.lowerBound }
        if value > range.upperBound { buffer.pointer[index] = range.upperBound }
      }
    }
    for matrix in layout.unfolded { matrix.unfold(buffer.pointer) }
  }

  /// The numbers of one parameter.
  public func values(of name: String) -> [Float] {
    guard let index = layout.parameters.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("no parameter is named \(name)")
    }
    let start = layout.offsets[index]
    return Array(
      UnsafeBufferPointer(start: buffer.pointer + start, count: layout.parameters[index].count))
  }

  /// Stores every parameter under `prefix/name`.
  public func save(into archive: inout Archive, prefix: String) {
    for parameter in layout.parameters {
      archive.store(
        ArchivedTensor(values(of: parameter.name), shape: parameter.shape),
        "\(prefix)/\(parameter.name)", in: .weights)
    }
  }

  /// Restores what `save` stored.
  ///
  /// - Throws: ``ArchiveError`` if a parameter is missing or of another size.
  public func restore(from archive: Archive, prefix: String) throws {
    var restored: [Float] = []
    restored.reserveCapacity(layout.count)
    for parameter in layout.parameters {
      restored += try archive.floats(
        "\(prefix)/\(parameter.name)", count: parameter.count, in: .weights)
    }
    assign(restored)
  }
}
