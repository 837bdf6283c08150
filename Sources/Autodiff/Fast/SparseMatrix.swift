import CKernels

/// A matrix by its connections, the numbers that are not zero, for products that compute nothing else.
/// Listed anew after each parameter update.
final class SparseMatrix {
  /// What calls read: plain numbers at a fixed place.
  struct Form {
    /// Connections; nil where there are too many to be worth a list.
    var count: Int?
    /// Whether the derivative is wanted by connections alone.
    var confinesGradient = false
    var connections: UnsafeMutablePointer<metarl_connection>?
  }

  let place: MatrixPlace
  let form: UnsafeMutablePointer<Form>
  private let list = ConnectionList()
  /// By what a product with the matrix, and with the transposed one, adds to; nil where there is no such
  /// product.
  private var byColumn: UnsafeMutablePointer<metarl_synapse_lists>?
  private var byRow: UnsafeMutablePointer<metarl_synapse_lists>?
  /// Room for synapses.
  private var capacity = 0

  init(_ place: MatrixPlace) {
    self.place = place
    form = .allocate(capacity: 1)
    form.initialize(to: Form())
  }

  deinit {
    for case let lists? in [byColumn, byRow] {
      lists.pointee.starts.deallocate()
      lists.pointee.synapses?.deallocate()
      lists.deallocate()
    }
    form.deallocate()
  }

  /// The lists for a product with the matrix, or with the transposed one, at a fixed place; filled by
  /// the next update.
  func lists(isTransposed: Bool) -> UnsafeMutablePointer<metarl_synapse_lists> {
    if let known = isTransposed ? byRow : byColumn { return known }
    let lists = UnsafeMutablePointer<metarl_synapse_lists>.allocate(capacity: 1)
    let count = isTransposed ? place.rows : place.columns
    lists.initialize(
      to: metarl_synapse_lists(starts: .allocate(capacity: count + 1), synapses: nil))
    if isTransposed { byRow = lists } else { byColumn = lists }
    return lists
  }

  /// Lists the connections of the matrix among `parameters`, if they are at most `limit` of its numbers.
  func update(_ parameters: UnsafePointer<Float>, limit: Double, confinesGradient: Bool) {
    let isListed = list.find(
      in: parameters + place.offset, rows: place.rows, columns: place.columns, limit: limit)
    form.pointee = Form(
      count: isListed ? list.count : nil, confinesGradient: confinesGradient,
      connections: list.connections)
    guard isListed else { return }
    let grows = capacity < list.capacity
    capacity = list.capacity
    fill(byColumn, byColumn: true, count: place.columns, grows: grows)
    fill(byRow, byColumn: false, count: place.rows, grows: grows)
  }

  private func fill(
    _ lists: UnsafeMutablePointer<metarl_synapse_lists>?, byColumn: Bool, count: Int, grows: Bool
  ) {
    guard let lists else { return }
    if grows || lists.pointee.synapses == nil {
      lists.pointee.synapses?.deallocate()
      lists.pointee.synapses = .allocate(capacity: capacity)
    }
    metarl_list_synapses(
      list.connections, Int32(list.count), byColumn ? 1 : 0, Int32(count), lists)
  }
}
