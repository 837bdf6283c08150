import Tensor

/// What changes parameters along a gradient: an ``Optimizer``, or something around one such as
/// ``DeepRewiring``.
public protocol ParameterUpdater: AnyObject {
  /// One update of `parameters` along `gradient`.
  ///
  /// - Parameters:
  ///   - learningRate: the step size.
  ///   - scale: multiplies the gradient first, see ``Optimizer/clippingScale(norm:limit:)``.
  func update(
    _ parameters: ParameterStore, gradient: UnsafePointer<Float>, learningRate: Float, scale: Float)

  /// Stores the memory of earlier updates under names beginning with `prefix`.
  func save(into archive: inout Archive, prefix: String)

  /// Restores what `save` stored.
  ///
  /// - Throws: ``ArchiveError`` if a tensor is missing or of another size.
  func restore(from archive: Archive, prefix: String) throws
}

extension Optimizer: ParameterUpdater {}
extension DeepRewiring: ParameterUpdater {}
