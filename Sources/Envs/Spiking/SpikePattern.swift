import Tensor

/// Firing rates of input neurons, in Hz, as the demonstrations of synaptic sampling draw them: most are
/// low, some are high.
enum SpikePattern {
  /// The rate of every neuron while no pattern is shown, and the least one in a pattern.
  static let background: Float = 2
  /// The largest rate.
  static let highest: Float = 60

  /// 60 Hz times a number of the gamma distribution with shape 0.2 and scale 0.8, kept between 2 and 60.
  static func draw(neurons: Int, using random: inout RandomStream) -> [Float] {
    (0..<neurons).map { _ in
      let rate = highest * Float(0.8 * random.gamma(shape: 0.2))
      return min(highest, max(background, rate))
    }
  }

  /// Writes a pattern, or the background where there is none.
  static func show(_ pattern: [Float]?, in observation: UnsafeMutableBufferPointer<Float>) {
    for index in observation.indices { observation[index] = pattern?[index] ?? background }
  }
}
