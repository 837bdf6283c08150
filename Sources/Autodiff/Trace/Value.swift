/// A symbolic row inside a trace: one vector of `width` numbers for each sample of the batch.
///
/// Arithmetic records operations. A value of width 1 combines with any other width.
public struct Value {
  let tracer: Tracer
  let id: Int
  /// Numbers in the row.
  public let width: Int

  // MARK: Products

  /// x · W, with x of width `matrix.rows`. A concatenation is multiplied part by part and never
  /// built.
  public func product(_ matrix: MatrixParameter) -> Value {
    precondition(
      width == matrix.rows,
      "a row of \(width) numbers cannot be multiplied by a matrix of \(matrix.rows) rows")
    let node = tracer.program.graph[id]
    guard case .concatenate = node.operation else {
      return tracer.emit(
        .product(
          parameter: matrix.index, firstRow: 0, rowCount: matrix.rows, transposed: false),
        [id], width: matrix.columns)
    }
    var (sum, firstRow): (Value?, Int) = (nil, 0)
    for part in node.operands {
      let rowCount = tracer.program.graph[part].width
      let term = tracer.emit(
        .product(
          parameter: matrix.index, firstRow: firstRow, rowCount: rowCount, transposed: false),
        [part], width: matrix.columns)
      sum = sum.map { $0 + term } ?? term
      firstRow += rowCount
    }
    return sum!
  }

  // MARK: Arithmetic

  /// Sum, in each column.
  public static func + (a: Value, b: Value) -> Value { binary(.add, a, b) }
  /// Difference, in each column.
  public static func - (a: Value, b: Value) -> Value { binary(.subtract, a, b) }
  /// Product, number by number, in each column.
  public static func * (a: Value, b: Value) -> Value { binary(.multiply, a, b) }
  /// Quotient, in each column.
  public static func / (a: Value, b: Value) -> Value { binary(.divide, a, b) }
  /// Sum, in each column.
  public static func + (a: Value, b: Float) -> Value { a.affine(1, b) }
  /// Sum, in each column.
  public static func + (a: Float, b: Value) -> Value { b.affine(1, a) }
  /// Difference, in each column.
  public static func - (a: Value, b: Float) -> Value { a.affine(1, -b) }
  /// Difference, in each column.
  public static func - (a: Float, b: Value) -> Value { b.affine(-1, a) }
  /// Product, number by number, in each column.
  public static func * (a: Value, b: Float) -> Value { a.affine(b, 0) }
  /// Product, number by number, in each column.
  public static func * (a: Float, b: Value) -> Value { b.affine(a, 0) }
  /// Quotient, in each column.
  public static func / (a: Float, b: Value) -> Value {
    b.tracer.constant(a, width: b.width) / b
  }
  /// Quotient, in each column.
  public static func / (a: Value, b: Float) -> Value {
    a / a.tracer.constant(b, width: a.width)
  }
  /// Negative.
  public static prefix func - (a: Value) -> Value { a.affine(-1, 0) }

  /// The smaller of two numbers.
  public static func minimum(_ a: Value, _ b: Value) -> Value { binary(.minimum, a, b) }
  /// The larger of two numbers.
  public static func maximum(_ a: Value, _ b: Value) -> Value { binary(.maximum, a, b) }
  /// 1 where `self` is larger, else 0; no gradient.
  public func isGreater(than other: Value) -> Value { Value.binary(.greater, self, other) }

  /// scale · x + offset.
  public func affine(_ scale: Float, _ offset: Float) -> Value {
    unary(.affine(scale: scale, offset: offset))
  }

  // MARK: Functions

  /// 1 / (1 + e⁻ˣ).
  public func sigmoid() -> Value { unary(.sigmoid) }
  /// Hyperbolic tangent.
  public func tanh() -> Value { unary(.tanh) }
  /// eˣ.
  public func exp() -> Value { unary(.exp) }
  /// Natural logarithm.
  public func log() -> Value { unary(.log) }
  /// sin x, with x in radians.
  public func sine() -> Value { unary(.sine) }
  /// cos x, with x in radians.
  public func cosine() -> Value { unary(.cosine) }
  /// √x.
  public func squareRoot() -> Value { unary(.squareRoot) }
  /// x².
  public func squared() -> Value { unary(.square) }
  /// |x|.
  public func absolute() -> Value { unary(.absolute) }
  /// max(x, 0).
  public func relu() -> Value { unary(.clamp(low: 0, high: .infinity)) }
  /// min(max(x, low), high), with gradient 1 strictly inside and 0 elsewhere.
  public func clamped(_ low: Float, _ high: Float) -> Value { unary(.clamp(low: low, high: high)) }
  /// 1 where x > threshold, else 0; no gradient.
  public func step(above threshold: Float = 0) -> Value { unary(.step(threshold: threshold)) }

  /// 1 where x > 0, else 0, with a surrogate in the place of the derivative.
  public func spike(_ surrogate: Surrogate) -> Value { unary(.spike(surrogate)) }

  /// 1 where the derivative of ``spike(_:)`` is exactly zero, else 0; no gradient.
  public func spikesWithoutDerivative(_ surrogate: Surrogate) -> Value {
    guard surrogate.hasCompactSupport else { return tracer.constant(0, width: width) }
    return 1 - unary(.inside(low: -surrogate.halfWidth, high: surrogate.halfWidth))
  }

  /// `self ≠ 0 ? a : b`; no gradient by the mask.
  public func select(_ a: Value, _ b: Value) -> Value {
    let width = max(self.width, a.width, b.width)
    return tracer.emit(
      .select, [expanded(width).id, a.expanded(width).id, b.expanded(width).id], width: width)
  }

  // MARK: Structure

  /// Columns `range`.
  public subscript(range: Range<Int>) -> Value {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= width && !range.isEmpty,
      "columns \(range) are not within a row of \(width)")
    return tracer.emit(.slice(offset: range.lowerBound), [id], width: range.count)
  }

  /// Values side by side.
  public static func concatenate(_ values: [Value]) -> Value {
    precondition(!values.isEmpty, "nothing to concatenate")
    let graph = values[0].tracer.program.graph
    let parts = values.flatMap { value -> [Int] in
      if case .concatenate = graph[value.id].operation {
        graph[value.id].operands
      } else {
        [value.id]
      }
    }
    return values[0].tracer.emit(.concatenate, parts, width: values.reduce(0) { $0 + $1.width })
  }

  /// The sum of the row, of width 1.
  public func sum() -> Value { tracer.emit(.sumColumns, [id], width: 1) }

  /// The largest number of the row, of width 1; no gradient flows through it.
  public func maximum() -> Value { tracer.emit(.maximumColumn, [id], width: 1) }

  /// A number a row, repeated to `width`.
  public func expanded(_ width: Int) -> Value {
    if self.width == width { return self }
    precondition(self.width == 1, "rows of \(self.width) and \(width) numbers do not combine")
    if case .constant(let value) = tracer.program.graph[id].operation {
      return tracer.constant(value, width: width)
    }
    return tracer.emit(.expand, [id], width: width)
  }

  /// log softmax of the row.
  public func logSoftmax() -> Value {
    let shifted = self - maximum()
    return shifted - shifted.exp().sum().log()
  }

  // MARK: Gradient control

  /// The value, with gradient zero.
  public func stopGradient() -> Value { tracer.emit(.stopGradient, [id], width: width) }

  /// The value of `self` with the gradient of `surrogate`.
  public func straightThrough(_ surrogate: Value) -> Value {
    precondition(width == surrogate.width, "value and surrogate need the same width")
    return tracer.emit(.straightThrough, [id, surrogate.id], width: width)
  }

  private func unary(_ function: Operation.Unary) -> Value {
    tracer.emit(.unary(function), [id], width: width)
  }

  private static func binary(_ function: Operation.Binary, _ a: Value, _ b: Value) -> Value {
    precondition(a.tracer === b.tracer, "values of two traces do not combine")
    let width = max(a.width, b.width)
    return a.tracer.emit(
      .binary(function), [a.expanded(width).id, b.expanded(width).id], width: width)
  }
}
