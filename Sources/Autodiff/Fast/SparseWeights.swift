import Tensor

/// The matrices of an executor's products by their connections, where those are few. Listed once per
/// parameter update.
final class SparseWeights {
  /// With a larger part of a matrix's numbers, products save less than the lists cost, or nothing.
  private static let largestPart = 0.25

  private var matrices: [MatrixPlace: SparseMatrix] = [:]

  /// The matrix at `place`, shared by all products with it.
  func matrix(at place: MatrixPlace) -> SparseMatrix {
    if let known = matrices[place] { return known }
    let matrix = SparseMatrix(place)
    matrices[place] = matrix
    return matrix
  }

  /// Brings the lists up to date.
  func update(_ parameters: ParameterStore, for kernels: ProductKernels) {
    guard kernels.sparse != .never else { return }
    let limit = kernels.sparse == .always ? 1 : Self.largestPart
    for matrix in matrices.values {
      matrix.update(
        parameters.values, limit: limit,
        confinesGradient: parameters.sparse.contains(matrix.place.parameter))
    }
  }
}
