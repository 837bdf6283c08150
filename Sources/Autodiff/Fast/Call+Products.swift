import CKernels
import Tensor

extension Call.ProductCall {
  @inline(__always)
  func run(_ step: Int, _ origin: Int, _ rows: Int, _ kernels: ProductKernels) {
    for i in 0..<count { sources[i].rows = UnsafePointer(operands[i].address(step, origin)) }
    guard let packedKernels = kernels.packed else { return runBLAS(step, origin, rows) }
    if let demand, form.pointee.hasLines {
      let wanted = metarl_wanted_product(
        sources, Int32(count), packed, demand.conditions(step, origin, kernels), Int32(columns),
        bias, addend?.address(step, origin), Int64(addend?.rowStride ?? 0),
        out.address(step, origin), Int64(out.rowStride), Int32(rows), turned, demand.marks)
      counter.pointee.note(wanted: Int(wanted), depth: depth, rows: rows, n: columns)
      return
    }
    let connections = form.pointee.connections
    if let events, kernels.gathering != .never {
      let active = expectedEvents(rows)
      let gathers =
        if let connections {
          !kernels.prefersConnections(
            connections, events: active, depth: depth, n: columns, rows: rows, isOuter: false)
        } else {
          kernels.gathers(events: active, depth: depth, n: columns, rows: rows, isOuter: false)
        }
      if gathers {
        let found = metarl_event_product(
          packedKernels, sources, matrices, Int32(count), parameters, Int32(columns), bias,
          addend?.address(step, origin), Int64(addend?.rowStride ?? 0), out.address(step, origin),
          Int64(out.rowStride), Int32(rows), events)
        counter.pointee.note(events: Int(found), depth: depth, rows: rows, n: columns)
        return
      }
    }
    if let connections {
      counter.pointee.note(connections: connections, depth: depth, rows: rows, n: columns)
      metarl_sparse_product(
        sources, synapses, Int32(count), Int32(columns), bias, addend?.address(step, origin),
        Int64(addend?.rowStride ?? 0), out.address(step, origin), Int64(out.rowStride),
        Int32(rows), turned)
      return
    }
    counter.pointee.note(events: depth &* rows, depth: depth, rows: rows, n: columns)
    metarl_product(
      packedKernels, sources, Int32(count), packed, Int32(columns), bias,
      addend?.address(step, origin),
      Int64(addend?.rowStride ?? 0), out.address(step, origin), Int64(out.rowStride), Int32(rows))
  }

  /// About how many numbers are not zero; terms that are never silent count as a whole.
  private func expectedEvents(_ rows: Int) -> Int {
    var active = 0
    for i in 0..<count {
      let (source, k) = (sources[i], Int(sources[i].k))
      active +=
        terms[i].maybeSilent
        ? ProductKernels.expectedEvents(source.rows, source.stride, k, rows) : k &* rows
    }
    return active
  }

  func runBLAS(_ step: Int, _ origin: Int, _ rows: Int) {
    let target = out.address(step, origin)
    for row in 0..<rows {
      let to = target + row * out.rowStride
      for column in 0..<columns {
        var start = bias?[column] ?? 0
        if let addend { start += addend.address(step, origin)[row * addend.rowStride + column] }
        to[column] = start
      }
    }
    for i in 0..<count {
      BLAS.addProduct(
        m: rows, n: columns, k: terms[i].k, a: operands[i].address(step, origin),
        aStride: operands[i].rowStride, b: parameters + terms[i].matrix.offset,
        rowStride: terms[i].rowStride, columnStride: terms[i].columnStride,
        c: target, cStride: out.rowStride)
    }
  }
}

extension Call.DemandCall {
  /// The conditions with the addresses of their numbers; nil where everything is wanted.
  @inline(__always)
  func conditions(
    _ step: Int, _ origin: Int, _ kernels: ProductKernels
  ) -> UnsafeMutablePointer<metarl_condition>? {
    // What is carried to before the first step is wanted everywhere, as far as anyone knows.
    guard kernels.gathering != .never, step >= origin &+ stepsBack else { return nil }
    for i in 0..<2 { conditions[i].rows = UnsafePointer(operands[i].address(step, origin)) }
    return conditions
  }
}

extension Call.OuterCall {
  @inline(__always)
  func run(_ step: Int, _ origin: Int, _ rows: Int, _ kernels: ProductKernels) {
    let (a, g) = (self.rows.address(step, origin), gradient.address(step, origin))
    let (aStride, gStride) = (self.rows.rowStride, gradient.rowStride)
    guard let packedKernels = kernels.packed else {
      return BLAS.addOuter(
        rows: rows, k: k, n: n, a: a, aStride: aStride, g: g, gStride: gStride, c: total,
        cStride: n)
    }
    let active =
      events != nil && kernels.gathering != .never
      ? ProductKernels.expectedEvents(a, Int64(aStride), k, rows) : k &* rows
    if form.pointee.confinesGradient, let connections = form.pointee.count,
      kernels.prefersConnections(
        connections, events: active, depth: k, n: n, rows: rows, isOuter: true)
    {
      counter.pointee.note(connections: connections, depth: k, rows: rows, n: n)
      metarl_sparse_outer(
        a, Int64(aStride), Int32(k), g, Int64(gStride), Int32(n), form.pointee.connections,
        Int32(connections), total, Int64(n), Int32(rows), turned)
      return
    }
    if let events {
      if kernels.gathers(events: active, depth: k, n: n, rows: rows, isOuter: true) {
        let found = metarl_event_outer(
          packedKernels, a, Int64(aStride), Int32(k), g, Int64(gStride), Int32(n), total, Int64(n),
          Int32(rows), events)
        counter.pointee.note(events: Int(found), depth: k, rows: rows, n: n)
        return
      }
    }
    counter.pointee.note(events: k &* rows, depth: k, rows: rows, n: n)
    metarl_outer(
      packedKernels, a, Int64(aStride), Int32(k), g, Int64(gStride), Int32(n), total, Int64(n),
      Int32(rows))
  }
}
