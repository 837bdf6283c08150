import CKernels
import Tensor

/// The matrices of a plan's products as the kernels read them: in packed order, as lists of connections where that
/// pays, or as lines where only some results may be wanted. Filled once per parameter update.
final class PackedWeights {
  /// How a product reads its matrices.
  struct Form {
    /// Connections in all matrices of the product; nil for packed matrices.
    var connections: Int?
    /// Whether the matrices are there as lines, from which wanted numbers are made. Which sum a number is must not
    /// depend on how many are wanted, nor on how many connections there happen to be: it is decided by what a
    /// product is for and whether its matrices are meant to stay sparse.
    var hasLines = false
  }

  private let buffer: FloatBuffer
  private let products: [Kernel.Product]
  /// By product: its matrices.
  private let matrices: [[SparseMatrix]]
  private let forms: UnsafeMutablePointer<Form>
  private let sparse: SparseWeights
  private let rows: Int

  init(plan: Plan, sparse: SparseWeights) {
    products = plan.products
    buffer = FloatBuffer(count: plan.packedSize)
    matrices = products.map { $0.terms.map { sparse.matrix(at: $0.matrix) } }
    forms = .allocate(capacity: products.count)
    forms.initialize(repeating: Form(), count: products.count)
    self.sparse = sparse
    rows = plan.rows
  }

  deinit { forms.deallocate() }

  var pointer: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }

  /// How a product of the plan reads its matrices.
  func form(of product: Kernel.Product) -> UnsafePointer<Form> {
    let index = products.firstIndex { $0.packedOffset == product.packedOffset }!
    return UnsafePointer(forms + index)
  }

  /// The lists of the connections of a matrix.
  func matrix(at place: MatrixPlace) -> SparseMatrix { sparse.matrix(at: place) }

  /// Brings everything up to date; the lists of connections must be.
  func pack(_ store: ParameterStore, for kernels: ProductKernels) {
    guard let packed = kernels.packed else { return }
    let parameters = UnsafePointer(store.values)
    for (index, product) in products.enumerated() {
      forms[index].hasLines =
        !product.conditions.isEmpty
        && !product.terms.contains { store.staysSparse($0.matrix.parameter) }
      if forms[index].hasLines {
        copyLines(of: product, parameters)
        continue
      }
      forms[index].connections = connections(of: index, kernels)
      guard forms[index].connections == nil else { continue }
      var first = 0
      for term in product.terms {
        metarl_pack(
          packed, parameters + term.matrix.offset, Int64(term.rowStride), Int64(term.columnStride),
          Int32(first), Int32(term.k), Int32(product.depth), Int32(product.columns),
          buffer.pointer + product.packedOffset)
        first += term.k
      }
    }
  }

  private func copyLines(of product: Kernel.Product, _ parameters: UnsafePointer<Float>) {
    var first = 0
    for term in product.terms {
      metarl_pack_lines(
        parameters + term.matrix.offset, Int32(term.k), Int32(product.columns), Int64(first),
        Int64(product.lineSize), buffer.pointer + product.packedOffset)
      first += term.lineSize
    }
  }

  /// Connections in all matrices of a product, where products with those alone pay.
  private func connections(of index: Int, _ kernels: ProductKernels) -> Int? {
    var sum = 0
    for matrix in matrices[index] {
      guard let count = matrix.form.pointee.count else { return nil }
      sum += count
    }
    let (depth, columns) = (products[index].depth, products[index].columns)
    let pays = kernels.prefersConnections(
      sum, events: depth * rows, depth: depth, n: columns, rows: rows, isOuter: false)
    return pays ? sum : nil
  }
}
