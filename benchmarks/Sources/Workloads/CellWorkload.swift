import Autodiff
import Configuration
import NeuroMod

extension Workload {
  /// A layer of bistable cells with a linear head: 100 units, 100 sequences of 300 steps, one input.
  static func bistable(_ cell: String) -> Workload {
    let (hidden, batch, length) = (100, 100, 300)
    let arguments = [
      "--cell", cell, "--batch", "\(batch)", "--hidden", "\(hidden)", "--length", "\(length)",
    ]
    return Workload(
      name: cell, step: "training step of \(batch) sequences of \(length)",
      amount: ("samples", Double(batch * length)),
      peers: [
        PeerScript(.torch, "bistable.py", arguments),
        PeerScript(.jax, "bistable_jax.py", arguments),
      ]
    ) { threads in
      let program = squaredError(inputs: 1) { x, tracer in
        CellChoice(cell).cell(size: hidden).step(x, in: tracer)
      }
      return TrainingWorkload(program, batch: batch, steps: length, threads: threads)
    }
  }

  /// 120 LIF and 100 adaptive neurons that fire at 14.6 Hz in steps of 1 ms; 80 inputs at 15 Hz.
  static var lsnn: Workload {
    let (batch, length) = (64, 784)
    return Workload(
      name: "lsnn", step: "training step of \(batch) sequences of \(length)",
      amount: ("samples", Double(batch * length)),
      peers: [
        PeerScript(.torch, "lsnn.py"), PeerScript(.jax, "lsnn_jax.py"),
        PeerScript(.spiking, "lsnn_norse.py"), PeerScript(.spiking, "lsnn_spikingjelly.py"),
        PeerScript(.spiking, "lsnn_snntorch.py"),
      ]
    ) { threads in
      var cell = LSNN()
      (cell.size, cell.adaptiveFraction, cell.threshold) = (220, 100.0 / 220, 0.031)
      let program = squaredError(inputs: 80) { x, tracer in cell.step(x, in: tracer) }
      // A step size that leaves the rate what it is, for what is silent costs less.
      return TrainingWorkload(
        program, batch: batch, steps: length, threads: threads, spikeProbability: 0.015,
        learningRate: 1e-9)
    }
  }

  /// One layer of a cell on long sequences, all of them of the same size: what a kind of recurrence
  /// costs.
  static func longSequences(_ cell: String) -> Workload {
    let (hidden, batch, length) = (128, 32, 1000)
    return Workload(
      name: "long-\(cell)", step: "training step of \(batch) sequences of \(length)",
      amount: ("samples", Double(batch * length))
    ) { threads in
      let program = squaredError { x, tracer in
        CellChoice(cell).cell(size: hidden).step(x, in: tracer)
      }
      return TrainingWorkload(program, batch: batch, steps: length, threads: threads)
    }
  }
}
