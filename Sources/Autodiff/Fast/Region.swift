/// A place in an arena for one value of a step, for as many steps as it has to survive.
struct Region: Sendable {
  /// How long a value survives.
  enum Lifetime: Sendable {
    /// Every step of the sequence, and the state before the first: step t is at index t.
    case sequence(count: Int)
    /// The steps of the current segment, and the state before it: the segment's first step is at
    /// index 0.
    case segment(count: Int)
    /// The steps of the current block.
    case block(count: Int)
    /// The current step.
    case step
    /// The last `count` steps, a power of two, in turn.
    case ring(count: Int)
  }

  var lifetime: Lifetime
  /// Numbers in a row; rows follow each other without gaps.
  var width: Int
  /// Steps before step 0 that have a place, too.
  var lead = 0

  /// How many steps have a place.
  var slots: Int {
    switch lifetime {
    case .sequence(let count), .segment(let count), .block(let count), .ring(let count):
      lead + count
    case .step: 1
    }
  }
}

/// Where a node's value is found.
struct Placement: Sendable, Hashable {
  /// Index of the region; negative for parameters, see ``Source``.
  var region: Int
  /// The first column within the region's rows.
  var column = 0
  /// Added to the step: 1 for states after the step, negative for what is remembered.
  var stepOffset = 0
  /// Whether one number a row stands for a whole row.
  var isSplat = false
}
