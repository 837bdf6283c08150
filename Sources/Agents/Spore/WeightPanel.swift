import Envs
import NeuroMod

/// The weights of a network as a matrix to look at.
struct WeightPanel {
  let name: String
  let columns: Int
  let numbers: [Float]

  /// The images that motor neurons see, side by side in rows of equal length.
  init(_ fields: [ReceptiveField], of image: ObservationImage) {
    let (width, height) = (image.width, image.height)
    // Panels are about twice as wide as high.
    let ideal = (2 * Double(fields.count * height) / Double(width)).squareRoot()
    let across =
      (1...fields.count).first { fields.count % $0 == 0 && Double($0) >= ideal } ?? fields.count
    let columns = across * (width + 1) - 1
    let rows = fields.count / across * (height + 1) - 1
    // What is not a number is grey, which keeps the images apart.
    var numbers = [Float](repeating: .nan, count: rows * columns)
    for (neuron, field) in fields.enumerated() {
      let (row, column) = neuron.quotientAndRemainder(dividingBy: across)
      for (pixel, weight) in field.weights.enumerated() {
        let (y, x) = pixel.quotientAndRemainder(dividingBy: width)
        numbers[(row * (height + 1) + y) * columns + column * (width + 1) + x] = weight
      }
    }
    name = "what motor neurons see"
    self.columns = columns
    self.numbers = numbers
  }

  /// The projection with the most synapses: a row for each target, a column for each source.
  init(largestProjectionOf network: SporeNetwork) {
    let largest = network.synapses.max { $0.synapses.count < $1.synapses.count }
    let synapses = largest?.synapses ?? []
    let sources = (synapses.map(\.source).max() ?? 0) + 1
    let targets = (synapses.map(\.target).max() ?? 0) + 1
    var numbers = [Float](repeating: 0, count: sources * targets)
    for synapse in synapses { numbers[synapse.target * sources + synapse.source] += synapse.weight }
    name = "weights of \(largest?.projection ?? "")"
    columns = sources
    self.numbers = numbers
  }
}
