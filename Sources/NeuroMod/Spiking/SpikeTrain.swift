import Tensor

/// The spikes of a population in the step at hand and in the few steps before it.
///
/// A neuron fires at most once a step. All times are in steps of one millisecond.
public final class SpikeTrain {
  /// Neurons.
  public let count: Int
  /// How many steps are remembered beside the one at hand.
  public let memory: Int
  /// Lists of neurons, one for each remembered step, each with a place to spare for a kernel that writes
  /// a neuron down before it knows whether it fires.
  private let neurons: Buffer<Int32>
  private let sizes: Buffer<Int32>
  /// Lists, which take turns.
  private let lists: Int
  private let stride: Int
  private var newest = 0

  /// A train of `count` neurons that remembers `memory` steps.
  public init(count: Int, memory: Int) {
    precondition(count > 0 && memory > 0, "a spike train needs neurons and a memory")
    self.count = count
    self.memory = memory
    lists = memory + 1
    stride = count + 1
    neurons = Buffer(count: lists * stride)
    sizes = Buffer(count: memory + 1)
  }

  /// Who fired `steps` steps ago, 0 for the step at hand.
  public func spikes(ago steps: Int) -> UnsafeBufferPointer<Int32> {
    let list = (newest - steps + lists) % lists
    return UnsafeBufferPointer(
      start: neurons.pointer + list * stride, count: Int(sizes.pointer[list]))
  }

  /// Lets `neuron` fire in the step at hand, in which it has not fired yet.
  public func append(_ neuron: Int) {
    precondition(Int(sizes.pointer[newest]) < count, "a neuron fires at most once a step")
    (neurons.pointer + newest * stride)[Int(sizes.pointer[newest])] = Int32(neuron)
    sizes.pointer[newest] += 1
  }

  /// Replaces the spikes of the step at hand by those that `body` writes; it returns their number.
  func fill(_ body: (UnsafeMutablePointer<Int32>) -> Int32) {
    sizes.pointer[newest] = body(neurons.pointer + newest * stride)
  }

  /// Goes on to the next step, which has no spikes yet.
  public func endStep() {
    newest = newest + 1 == lists ? 0 : newest + 1
    sizes.pointer[newest] = 0
  }

  /// Forgets all spikes.
  public func clear() { sizes.clear() }

  /// Stores the spikes.
  func save(into archive: inout Archive, prefix: String) throws {
    try archive.store((0...memory).map { Array(spikes(ago: $0)) }, prefix + "/spikes")
  }

  /// Restores what `save` stored.
  func restore(from archive: Archive, prefix: String) throws {
    let name = prefix + "/spikes"
    let stored = try archive.value(name, as: [[Int32]].self)
    let valid = stored.allSatisfy { list in
      list.count <= count && list.allSatisfy { $0 >= 0 && $0 < count }
    }
    guard stored.count == lists, valid else {
      throw ArchiveError(name: name, reason: "does not hold spikes of \(count) neurons")
    }
    for (age, list) in stored.enumerated() {
      let place = (newest - age + lists) % lists
      sizes.pointer[place] = Int32(list.count)
      for (index, neuron) in list.enumerated() { neurons.pointer[place * stride + index] = neuron }
    }
  }
}
