import Configuration

/// A price on the mean of a signal inside the network, such as the activity of spiking units.
///
/// ```
/// sumOverUnits     w Σⱼ (⟨sⱼ⟩ − target)²
/// meanOverUnits    w/n Σⱼ (⟨sⱼ⟩ − target)²
/// layer            w (⟨s⟩ − target)²
/// linear           w ⟨s⟩
/// ```
///
/// ⟨sⱼ⟩ is the mean of unit j over the batch and all steps, ⟨s⟩ that over the n units, too. Where several
/// layers have a signal of that name, each pays.
///
/// Sources: `sumOverUnits` is the rate regulariser of G. Bellec et al., NeurIPS 2018; `layer` that of
/// A. Subramoney et al., ICLR 2023.
public struct Penalty: Configurable, JSONRepresentable {
  /// What of the signal costs.
  public enum Form: String, Sendable, CaseIterable {
    case sumOverUnits, meanOverUnits, layer, linear
  }

  /// The name of the signal, without the path of the layer.
  public var signal = ""
  /// What of it costs.
  public var form = Form.sumOverUnits
  /// The price; 0 to log the mean only.
  public var weight = 0.0
  /// The mean that costs nothing.
  public var target = 0.0

  /// No penalty.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .text(
        "signal", \.signal, "Signal inside the network, such as activity, of every layer with it.",
        required: true),
      .choice("form", \.form, "What of the signal costs."),
      .number("weight", \.weight, in: 0...1e9, "The price; 0 to log the signal's mean only."),
      .number("target", \.target, in: -1e9...1e9, "The mean that costs nothing."),
    ]
  }

  /// The price of a signal, and its derivatives by the means of the units.
  ///
  /// - Parameter means: ⟨sⱼ⟩ of each unit; replaced by the derivatives.
  func price(_ means: UnsafeMutableBufferPointer<Double>) -> Double {
    let count = Double(means.count)
    let mean = means.reduce(0, +) / count
    switch form {
    case .sumOverUnits, .meanOverUnits:
      let scale = form == .sumOverUnits ? weight : weight / count
      var price = 0.0
      for unit in means.indices {
        let difference = means[unit] - target
        price += scale * difference * difference
        means[unit] = 2 * scale * difference
      }
      return price
    case .layer:
      means.update(repeating: 2 * weight * (mean - target) / count)
      return weight * (mean - target) * (mean - target)
    case .linear:
      means.update(repeating: weight / count)
      return weight * mean
    }
  }
}
