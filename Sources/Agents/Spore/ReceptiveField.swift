import Envs
import Glibc
import NeuroMod

/// What a motor neuron sees: its weights from the pixels of a camera.
package struct ReceptiveField: Sendable, Equatable {
  /// The weights, summed over parallel synapses, row by row from the top.
  package let weights: [Float]
  /// The image that the pixels form.
  package let image: ObservationImage

  /// A field of a weight for each pixel.
  package init(_ weights: [Float], of image: ObservationImage) {
    precondition(weights.count == image.count, "a field has a weight for each pixel")
    self.weights = weights
    self.image = image
  }

  /// Where the field lies: the direction of the weights' centre from the middle of the image, in
  /// radians from the right counterclockwise; nil where the centre is the middle, or without weights.
  package var direction: Double? {
    let middle = 0.5 * SIMD2(Double(image.width - 1), Double(image.height - 1))
    var sum = SIMD2(0.0, 0.0)
    var total = 0.0
    for (pixel, weight) in weights.enumerated() {
      let (row, column) = pixel.quotientAndRemainder(dividingBy: image.width)
      // Rows are counted downwards.
      sum += Double(weight) * SIMD2(Double(column) - middle.x, middle.y - Double(row))
      total += abs(Double(weight))
    }
    // Less is rounding.
    guard (sum * sum).sum().squareRoot() > 1e-9 * total else { return nil }
    return atan2(sum.y, sum.x)
  }

  /// The angle, 0 to π, between `drive` and the way from the field to the middle of the image: what is
  /// seen left of the middle must be driven right. Both in radians; nil where the field has no direction.
  package func angle(to drive: Double) -> Double? {
    direction.map { abs(($0 + .pi - drive).remainder(dividingBy: 2 * .pi)) }
  }
}

extension SporeNetwork {
  /// What each output neuron of a network without hidden neurons sees of `image`.
  func receptiveFields(of image: ObservationImage) -> [ReceptiveField] {
    let blank = [Float](repeating: 0, count: image.count)
    var weights = Array(repeating: blank, count: outputCount)
    for synapse in synapses.first?.synapses ?? [] {
      weights[synapse.target][synapse.source] += synapse.weight
    }
    return weights.map { ReceptiveField($0, of: image) }
  }
}
