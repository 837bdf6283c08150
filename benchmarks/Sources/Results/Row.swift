import Configuration
import Foundation

/// One row of the results.
struct Row {
  let json: JSONValue

  /// A measurement next to those with other numbers of threads: the best peer of them all counts too.
  init(_ measurement: Measurement, among all: [Measurement]) {
    var members: [JSONValue.Member] = []
    func add(_ name: String, _ value: Double?) {
      guard let value, value.isFinite else { return }
      members.append(.init(name, .number(value)))
    }
    let ours = measurement.ours.timing
    members.append(.init("workload", .string(measurement.workload.name)))
    members.append(.init("threads", .number(measurement.threads)))
    add("seconds", ours.median)
    let peer = measurement.bestPeer
    if let peer {
      members.append(.init("peer", .string(peer.name)))
      add("peerSeconds", peer.timing.median)
      add("ratio", peer.timing.median / ours.median)
    }
    add("minimum", ours.minimum)
    add("peerMinimum", peer?.timing.minimum)
    let peers = all.flatMap { other in other.bestPeer.map { [(other.threads, $0)] } ?? [] }
    if let (threads, best) = peers.min(by: { $0.1.timing.median < $1.1.timing.median }) {
      members.append(.init("bestPeer", .string(best.name)))
      members.append(.init("bestPeerThreads", .number(threads)))
      add("bestPeerSeconds", best.timing.median)
      add("bestRatio", best.timing.median / ours.median)
    }
    members.append(.init("step", .string(measurement.workload.step)))
    if let amount = measurement.workload.amount {
      members.append(.init("unit", .string(amount.unit)))
      add("unitsPerSecond", amount.perStep / ours.median)
      add("peerUnitsPerSecond", peer.map { amount.perStep / $0.timing.median })
    }
    add("quality", measurement.ours.quality)
    add("peerQuality", peer?.quality)
    add("loadBefore", measurement.before.load)
    add("loadAfter", measurement.after.load)
    add("peakBefore", measurement.before.peak)
    add("peakAfter", measurement.after.peak)
    members.append(.init("turns", .array(ours.turns.map { .number($0) })))
    members.append(
      .init(
        "peers",
        .array(
          measurement.peers.map { peer in
            .object([
              .init("peer", .string(peer.name)), .init("seconds", .number(peer.timing.median)),
              .init("minimum", .number(peer.timing.minimum)),
              .init("turns", .array(peer.timing.turns.map { .number($0) })),
            ])
          })))
    json = .object(members)
  }

  /// A count of allocations.
  init(_ count: AllocationCount) {
    json = .object([
      .init("workload", .string("allocations: " + count.name)),
      .init("threads", .number(count.threads)), .init("step", .string(count.step)),
      .init("allocations", .number(count.perStep)),
    ])
  }

  func number(_ name: String) -> Double? {
    guard case .number(let text)? = json[name] else { return nil }
    return Double(text)
  }

  func text(_ name: String) -> String? {
    guard case .string(let text)? = json[name] else { return nil }
    return text
  }

  /// Writes all rows as one list.
  static func write(_ rows: [Row], to path: String) throws {
    let url = URL(fileURLWithPath: path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(JSONValue.array(rows.map(\.json)).pretty.utf8).write(to: url, options: .atomic)
  }
}
