import Tensor
import Testing

/// The gradient of a number by one tensor, compared with central differences of that number.
struct DifferenceCheck {
  private static let step = 0.004

  /// What differences may be off by: the number is off by a rounding of Float or less, and a difference
  /// divides two of them by twice the step.
  let floor: Double
  let name: String
  let values: [Float]
  let gradient: [Double]
  /// The number after the tensor has been changed.
  let number: ([Float]) throws -> Double

  /// - Parameter base: the number without a change.
  init(
    _ name: String, values: [Float], gradient: [Double], base: Double,
    number: @escaping ([Float]) throws -> Double
  ) {
    (self.name, self.values, self.gradient, self.number) = (name, values, gradient, number)
    floor = 2 * Double(Float.ulpOfOne) * (1 + base) / (2 * Self.step)
  }

  /// The largest entry of the gradient.
  var scale: Double { gradient.reduce(0) { max($0, abs($1)) } }

  /// Compares entries drawn at random.
  func compareEntries(
    _ count: Int, using random: inout RandomStream,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for _ in 0..<count {
      let index = random.integer(below: values.count)
      let difference = try slope(along: values.indices.map { $0 == index ? 1 : 0 })
      #expect(
        abs(difference - gradient[index]) < 0.01 * scale + floor,
        "\(name)[\(index)]: \(gradient[index]), differences \(difference)",
        sourceLocation: sourceLocation)
    }
  }

  /// Compares the slope along the gradient, where all entries count, which is far more than rounding.
  func compareWhole(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let expected = gradient.reduce(0) { $0 + $1 * $1 } / scale
    #expect(
      expected > 3 * floor, "\(name): nothing is checked below \(floor)",
      sourceLocation: sourceLocation)
    let difference = try slope(along: gradient.map { $0 / scale })
    #expect(
      abs(difference - expected) < 0.01 * expected + floor,
      "\(name) along its gradient: \(expected), differences \(difference)",
      sourceLocation: sourceLocation)
  }

  private func slope(along direction: [Double]) throws -> Double {
    func changed(by step: Double) throws -> Double {
      try number(zip(values, direction).map { $0 + Float(step * $1) })
    }
    return try (changed(by: Self.step) - changed(by: -Self.step)) / (2 * Self.step)
  }
}
