import Foundation
import Tensor

signal(SIGPIPE, SIG_IGN)  // a peer that ends must not end the benchmark
BLAS.useOneThread()

func fail(_ message: String, status: Int32) -> Never {
  FileHandle.standardError.write(Data("benchmark: \(message)\n".utf8))
  exit(status)
}

do {
  let options = try Options(CommandLine.arguments.dropFirst())
  if options.showsHelp {
    print(Options.help)
  } else if options.checksAllocations {
    exit(try AllocationReport.check() ? 0 : 1)
  } else {
    try Benchmark(options).run()
  }
} catch let error as UsageError {
  fail("\(error)\n\(Options.help)", status: 2)
} catch {
  fail("\(error)", status: 1)
}
