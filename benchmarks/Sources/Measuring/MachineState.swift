import CProbes
import Foundation
import Tensor

/// How busy and how fast the machine is while the benchmark itself does nothing: virtual machines have
/// slow minutes, and other programs take processors away.
struct MachineState {
  /// Processors that other programs keep busy.
  let load: Double
  /// Billions of floating-point operations per second of one processor with as many at work as there
  /// are threads.
  let peak: Double

  /// Looks for half a second.
  init(threads: Int) {
    let (busy, start) = (Self.busySeconds, now())
    usleep(300_000)
    load = max(0, (Self.busySeconds - busy) / (now() - start))
    let pool = ThreadPool(threads: threads)
    let peaks = FloatBuffer(count: threads)
    pool.run(threads) { peaks.pointer[$0] = Float(probe_peak(0.1)) }
    peak = peaks.array.reduce(0) { $0 + Double($1) } / Double(threads)
  }

  /// Seconds that all processors together have worked since the machine was started.
  private static var busySeconds: Double {
    guard let text = try? String(contentsOfFile: "/proc/stat", encoding: .utf8),
      let line = text.split(separator: "\n").first
    else { return 0 }
    // user nice system idle iowait irq softirq steal
    let ticks = line.split(separator: " ").dropFirst().prefix(8).map { Double($0) ?? 0 }
    guard ticks.count == 8 else { return 0 }
    return (ticks.reduce(0, +) - ticks[3] - ticks[4]) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
