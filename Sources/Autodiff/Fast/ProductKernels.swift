import CKernels

/// Which kernels compute products.
struct ProductKernels {
  /// When products leave out what is zero.
  enum Leaving {
    case never, wherePaying, always
  }

  /// What weights are packed for; nil for OpenBLAS.
  let packed: metarl_product_kernels?
  /// When rows are made of what is not zero alone, where values may be silent. Of results what is wanted alone is
  /// computed unless it is `never`.
  let gathering: Leaving
  /// When matrices are made of their connections alone.
  let sparse: Leaving

  /// Numbers that the packed weights of a product take.
  static func packedSize(depth: Int, columns: Int) -> Int {
    Int(metarl_packed_size(Int32(depth), Int32(columns)))
  }

  /// About how many numbers of `rows` rows of `k` are not zero: as many as rows in equal distances have, since to look
  /// at more than some thousand numbers would take as long as many a product with so few that are not zero.
  @inline(__always)
  static func expectedEvents(
    _ a: UnsafePointer<Float>, _ stride: Int64, _ k: Int, _ rows: Int
  ) -> Int {
    let distance = max(min(rows &* k / 2048, rows), 1)
    let looked = rows / distance
    let events = metarl_count_events(a, stride &* Int64(distance), Int32(k), Int32(looked))
    return Int(events) &* rows / looked
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

  /// Whether to use `connections` connections rather than anything else.
  @inline(__always)
  func prefersConnections(
    _ connections: Int, events: Int, depth: Int, n: Int, rows: Int, isOuter: Bool
  ) -> Bool {
    switch sparse {
    case .never: false
    case .always: true
    case .wherePaying:
      metarl_sparse_pays(
        Int64(connections), Int64(events), Int32(depth), Int32(n), Int32(rows), isOuter ? 1 : 0)
        != 0
    }
  }
}
