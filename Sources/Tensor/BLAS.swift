import COpenBLAS

/// The matrix products of OpenBLAS: what the kernels of our own are compared with.
public enum BLAS {
  /// OpenBLAS keeps to one thread: MetaRL runs shards in parallel, and only one thread gives the same
  /// bits whatever the thread count.
  ///
  /// - Returns: how many threads it uses now; more than one where it does not obey.
  @discardableResult
  public static func useOneThread() -> Int {
    openblas_set_num_threads(1)
    return Int(openblas_get_num_threads())
  }

  /// c[m × n] += a[m × k] · b, where element (i, j) of b is `b[i · rowStride + j · columnStride]` and
  /// one of the strides is 1.
  public static func addProduct(
    m: Int, n: Int, k: Int, a: UnsafePointer<Float>, aStride: Int,
    b: UnsafePointer<Float>, rowStride: Int, columnStride: Int,
    c: UnsafeMutablePointer<Float>, cStride: Int
  ) {
    // A matrix with one row or column has both strides 1; OpenBLAS wants its leading dimension whole.
    let isTransposed = columnStride != 1
    let leading = isTransposed ? max(columnStride, k) : max(rowStride, n)
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, isTransposed ? CblasTrans : CblasNoTrans,
      Int32(m), Int32(n), Int32(k), 1, a, Int32(aStride),
      b, Int32(leading), 1, c, Int32(cStride))
  }

  /// The square of a square matrix in double precision.
  public static func squared(_ matrix: [Double], size: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: size * size) { result, count in
      let n = Int32(size)
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, matrix, n, matrix, n, 0,
        result.baseAddress, n)
      count = size * size
    }
  }

  /// c[k × n] += aᵀ · g over `rows` rows.
  public static func addOuter(
    rows: Int, k: Int, n: Int, a: UnsafePointer<Float>, aStride: Int,
    g: UnsafePointer<Float>, gStride: Int, c: UnsafeMutablePointer<Float>, cStride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(k), Int32(n), Int32(rows), 1,
      a, Int32(aStride), g, Int32(gStride), 1, c, Int32(cStride))
  }
}
