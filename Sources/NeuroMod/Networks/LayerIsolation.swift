import Autodiff

/// Cuts recurrent layers off from one another: in steps where the input ``mask`` is not zero, each layer
/// reads a row of its own instead of what is below it.
///
/// So one run can lead up to a state and then show the dynamics of each layer alone, under a constant
/// input, say, with a single gradient through both.
public enum LayerIsolation {
  /// The input, of width 1, that cuts layers off in a step.
  public static let mask = "isolated"
  private static let prefix = mask + "/"

  /// The input that the layer in the scope `path` reads while it is cut off.
  public static func input(of path: String) -> String { prefix + path }

  /// The scopes of the layers of a program that can be cut off, from the input on.
  public static func layers(of program: Program) -> [String] {
    program.inputs.filter { $0.name.hasPrefix(prefix) }
      .map { String($0.name.dropFirst(prefix.count)) }
  }
}

extension NetworkInput {
  /// What the recurrent layer in the current scope reads: `x`, or a row of its own while layers are cut
  /// off. Networks call it for each of their recurrent layers.
  public func layerInput(_ x: Value, in tracer: Tracer) -> Value {
    guard isolatesLayers else { return x }
    return tracer.input(LayerIsolation.mask, width: 1).select(
      tracer.input(LayerIsolation.input(of: tracer.scopePath), width: x.width), x)
  }
}
