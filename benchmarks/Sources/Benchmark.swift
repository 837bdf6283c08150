import CKernels
import Foundation

/// Measures workloads, prints a table, and writes the rows.
struct Benchmark {
  private let options: Options

  init(_ options: Options) throws {
    self.options = options
    guard Workload.all.contains(where: { options.wants($0.name) }) || options.wants("allocations")
    else {
      let names = Workload.all.map(\.name) + ["allocations"]
      throw UsageError("no workload has such a name; there are \(names.joined(separator: ", "))")
    }
  }

  func run() throws {
    reportMissingPeers()
    say("kernels for \(String(cString: metarl_instruction_set()))")
    var rows: [Row] = []
    for workload in Workload.all where options.wants(workload.name) {
      say("\n\(workload.name): \(workload.step)")
      let measurements = try options.threads.map {
        try Measurement(
          workload, threads: $0, seconds: options.seconds, usesPeers: options.usesPeers)
      }
      let measured = measurements.map { Row($0, among: measurements) }
      rows += measured
      say(Table.text(of: measured))
      try Row.write(rows, to: options.results)
    }
    if options.wants("allocations") {
      say("\nallocations")
      let counts = try AllocationReport.counts()
      say(Table.text(of: counts))
      rows += counts.map(Row.init)
      try Row.write(rows, to: options.results)
    }
    say("\nwritten to \(options.results)")
  }

  private func reportMissingPeers() {
    guard options.usesPeers else { return }
    for environment in PeerScript.Environment.allCases where environment.interpreter == nil {
      say(
        "no peers of \(environment.rawValue): benchmarks/peers/setup \(environment.rawValue) "
          + "installs them, or \(environment.variable) names an interpreter that has them")
    }
  }
}

/// Prints at once, also into a pipe.
func say(_ text: String) {
  print(text)
  fflush(nil)
}
