/// The copy of a wired matrix that products see, behind the learned numbers; see ``Wiring``.
struct UnfoldedMatrix: Sendable, Hashable {
  /// Where the learned matrix begins.
  let source: Int
  /// Where the copy begins.
  let target: Int
  /// Numbers in the copy.
  let count: Int
  /// For each learned number its place in the copy; -1 for none.
  let places: [Int32]

  /// Brings the copy up to date.
  func unfold<Number>(_ numbers: UnsafeMutablePointer<Number>) {
    for (entry, place) in places.enumerated() where place >= 0 {
      numbers[target + Int(place)] = numbers[source + entry]
    }
  }

  /// Moves what the gradient of the copy has for each connection to the gradient of the matrix.
  func fold<Number>(_ gradient: UnsafeMutablePointer<Number>) {
    for (entry, place) in places.enumerated() where place >= 0 {
      gradient[source + entry] = gradient[target + Int(place)]
    }
  }
}
