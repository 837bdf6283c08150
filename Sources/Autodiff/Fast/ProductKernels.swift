import CKernels

/// Which kernels compute products.
struct ProductKernels {
  /// When rows are made of what is not zero alone, where values may be silent.
  enum Gathering {
    case never, wherePaying, always
  }

  /// What weights are packed for; nil for OpenBLAS.
  let packed: metarl_product_kernels?
  let gathering: Gathering

  init(_ products: Executor.Products) {
    packed = products == .openBLAS ? nil : metarl_best_product_kernels()
    gathering =
      switch products {
      case .automatic: .wherePaying
      case .events: .always
      case .dense, .openBLAS: .never
      }
  }

  /// Whether to gather: `events` of `depth` numbers in all of `rows` rows are not zero.
  @inline(__always)
  func gathers(events: Int, depth: Int, n: Int, rows: Int, isOuter: Bool) -> Bool {
    switch gathering {
    case .never: false
    case .always: true
    case .wherePaying:
      metarl_events_pay(Int64(events), Int32(depth), Int32(n), Int32(rows), isOuter ? 1 : 0) != 0
    }
  }
}
