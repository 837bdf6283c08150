import CKernels
import Tensor

/// The matrices of a plan's products in the order in which the kernels read them. Filled once per
/// parameter update.
final class PackedWeights {
  private let buffer: FloatBuffer
  private let products: [Kernel.Product]

  init(products: [Kernel.Product], size: Int) {
    self.products = products
    buffer = FloatBuffer(count: size)
  }

  var pointer: UnsafePointer<Float> { UnsafePointer(buffer.pointer) }

  static func size(depth: Int, columns: Int) -> Int {
    Int(metarl_packed_size(Int32(depth), Int32(columns)))
  }

  func pack(_ parameters: UnsafePointer<Float>, for kernels: metarl_product_kernels) {
    for product in products {
      var first = 0
      for term in product.terms {
        metarl_pack(
          kernels, parameters + term.parameterOffset, Int64(term.rowStride),
          Int64(term.columnStride),
          Int32(first), Int32(term.k), Int32(product.depth), Int32(product.columns),
          buffer.pointer + product.packedOffset)
        first += term.k
      }
    }
  }
}
