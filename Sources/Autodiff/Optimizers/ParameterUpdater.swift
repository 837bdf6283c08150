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

  /// Takes note that something else than its updates has changed `parameters`.
  func adopt(_ parameters: ParameterStore)

  /// Remembers the memory of earlier updates; what is returned goes back to it.
  func makeRestorePoint() -> () -> Void

  /// Stores the memory of earlier updates under names beginning with `prefix`.
  func save(into archive: inout Archive, prefix: String)

  /// Restores what `save` stored.
  ///
  /// - Throws: ``ArchiveError`` if a tensor is missing or of another size.
  func restore(from archive: Archive, prefix: String) throws
}

extension Optimizer: ParameterUpdater {
  /// Nothing: an optimizer remembers gradients alone.
  public func adopt(_ parameters: ParameterStore) {}

  /// Remembers the memory of earlier gradients; what is returned goes back to it.
  public func makeRestorePoint() -> () -> Void {
    let snapshot = snapshot()
    return { self.restore(snapshot) }
  }
}

extension DeepRewiring: ParameterUpdater {}
