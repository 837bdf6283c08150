import Envs
import Glibc

/// Whether motor neurons see what they have to move: the field of a neuron that drives to the right
/// should lie left of the middle of the image, since that is where a thing is that has to go right.
///
/// Measured is the angle between where a neuron drives and the way from its field to the middle. In the
/// figure the two arrows of a neuron then form one straight line. Angles mean something where actions are
/// velocities in the plane that the camera sees.
///
/// Source: J. Kaiser et al., "Embodied synaptic plasticity with online reinforcement learning",
/// Frontiers in Neurorobotics 13:81, 2019.
package struct FieldAnalysis {
  private let fields: [ReceptiveField]
  private let drives: [Double]

  /// - Parameters:
  ///   - fields: what each motor neuron sees.
  ///   - drives: the direction into which each drives, in radians.
  package init(_ fields: [ReceptiveField], drives: [Double]) {
    precondition(fields.count == drives.count, "every neuron drives into one direction")
    self.fields = fields
    self.drives = drives
  }

  /// Angles in degrees, and an image for each neuron.
  package func run() -> AnalysisResult {
    let angles = zip(fields, drives).map { $0.angle(to: $1) }
    let known = angles.compactMap { $0 }
    let mean = known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    var result = AnalysisResult(
      figures: [
        .init("mean angle, °", Self.degrees(mean)),
        .init("worst angle, °", Self.degrees(known.max())),
      ], diagrams: [])
    for neuron in fields.indices {
      let (field, drive, angle) = (fields[neuron], drives[neuron], angles[neuron])
      func add(_ name: String, _ angle: Double?) {
        result.figures.append(.init("neuron \(neuron): \(name), °", Self.degrees(angle)))
      }
      add("drives to", drive)
      add("field lies at", field.direction)
      add("angle", angle)
      result.diagrams.append(
        .init(
          title: "neuron \(neuron), \(Self.text(drive))",
          xTitle: angle.map { "off by \(Self.text($0))" } ?? "no field", yTitle: "",
          image: AnalysisResult.Image(pixels: field.weights, columns: field.image.width),
          curves: Self.arrows(field, drive: drive)))
    }
    return result
  }

  /// From the field to the middle, and from there to where the neuron drives.
  private static func arrows(
    _ field: ReceptiveField, drive: Double
  ) -> [AnalysisResult.Curve] {
    let length = 0.42 * Double(min(field.image.width, field.image.height))
    func place(_ angle: Double) -> SIMD2<Double> { length * SIMD2(cos(angle), sin(angle)) }
    let (begin, end) = (field.direction.map(place), place(drive))
    let way = begin.map {
      AnalysisResult.Curve(
        "from the field to the middle", style: .arrow, x: [$0.x, 0], y: [$0.y, 0])
    }
    let driven = AnalysisResult.Curve("drive", style: .arrow, x: [0, end.x], y: [0, end.y])
    return [way, driven].compactMap { $0 }
  }

  /// An angle in degrees from 0 to 360, to a thousandth; NaN for none.
  private static func degrees(_ radians: Double?) -> Double {
    guard let radians else { return .nan }
    let degrees = ((radians * 180 / .pi * 1000).rounded() / 1000)
      .truncatingRemainder(dividingBy: 360)
    return degrees < 0 ? degrees + 360 : degrees
  }

  private static func text(_ radians: Double) -> String { "\(Int(degrees(radians).rounded()))°" }
}
