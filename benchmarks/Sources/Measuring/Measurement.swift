import Foundation

/// One workload with one number of threads, ours and the peers in turns.
struct Measurement {
  /// What one side needed.
  struct Side {
    /// Library, versions and variant.
    let name: String
    var timing = Timing()
    /// Quality after training.
    var quality: Double?
  }

  let workload: Workload
  let threads: Int
  private(set) var ours = Side(name: "MetaRL")
  private(set) var peers: [Side] = []
  let before: MachineState
  let after: MachineState

  /// The peer with the smallest median.
  var bestPeer: Side? { peers.min { $0.timing.median < $1.timing.median } }

  private static let timedTurns = 7

  /// Measures each side for `seconds`, or as long as the workload says.
  init(_ workload: Workload, threads: Int, seconds: Double, usesPeers: Bool) throws {
    self.workload = workload
    self.threads = threads
    let runnable = try workload.make(threads)
    var contestants = usesPeers ? Contestant.all(of: workload, threads: threads) : []
    before = MachineState(threads: threads)
    let turns: Int
    let steps: Int
    switch workload.turns {
    case .fixed(let count, let perTurn):
      (turns, steps) = (count, perTurn)
      for index in contestants.indices { contestants[index].steps = perTurn }
    case .timed:
      turns = Self.timedTurns
      let turn = seconds / Double(turns)
      steps = try Self.steps(filling: turn) { try Self.time(runnable, $0) }
      contestants = contestants.compactMap { contestant in
        contestant.attempt {
          $0.steps = try Self.steps(filling: turn, contestant.worker.run)
        }
      }
    }
    for _ in 0..<turns {
      ours.timing.add(try Self.time(runnable, steps))
      contestants = contestants.compactMap { contestant in
        contestant.attempt { $0.side.timing.add(try contestant.worker.run(contestant.steps)) }
      }
    }
    after = MachineState(threads: threads)
    ours.quality = try runnable.evaluate()
    if ours.quality != nil {
      contestants = contestants.compactMap { contestant in
        contestant.attempt { $0.side.quality = try contestant.worker.evaluate() }
      }
    }
    peers = contestants.map(\.side)
  }

  /// Seconds per step of ours.
  private static func time(_ runnable: any Runnable, _ steps: Int) throws -> Double {
    let start = now()
    try runnable.run(steps)
    return (now() - start) / Double(steps)
  }

  /// How many steps take about `seconds`: more and more of them, until the time can be told.
  private static func steps(
    filling seconds: Double, _ run: (Int) throws -> Double
  ) rethrows -> Int {
    var count = 1
    _ = try run(count)
    while true {
      let perStep = try run(count)
      if perStep * Double(count) >= seconds / 4 || perStep >= seconds {
        return max(1, Int(seconds / perStep))
      }
      let growth = min(10, seconds / max(perStep * Double(count), 1e-9))
      count = max(count + 1, Int(Double(count) * growth))
    }
  }
}

/// A peer that takes part in a measurement.
struct Contestant {
  let script: PeerScript
  let worker: PeerWorker
  var side: Measurement.Side
  /// Steps of a turn.
  var steps = 1

  /// The peers of `workload` that are installed and ready.
  static func all(of workload: Workload, threads: Int) -> [Contestant] {
    workload.peers.compactMap { script in
      guard let interpreter = script.environment.interpreter else { return nil }
      do {
        let worker = try PeerWorker(script, interpreter: interpreter, threads: threads)
        return Contestant(script: script, worker: worker, side: .init(name: worker.note))
      } catch {
        report(error, of: script)
        return nil
      }
    }
  }

  /// The contestant after `change`; nil where the peer failed, which is reported and not fatal.
  func attempt(_ change: (inout Contestant) throws -> Void) -> Contestant? {
    do {
      var contestant = self
      try change(&contestant)
      return contestant
    } catch {
      Self.report(error, of: script)
      return nil
    }
  }

  private static func report(_ error: any Error, of script: PeerScript) {
    say("  \(script.script) drops out: \(error)")
  }
}
