/// What the command line asks for.
struct Options {
  /// Measure only workloads whose name begins with one of these; all where there are none.
  var only: [String] = []
  /// Whether to compare with the Python libraries.
  var usesPeers = true
  /// Seconds of measurement for each side of each row.
  var seconds = 3.0
  /// Numbers of threads.
  var threads = [1, 2]
  /// Where the rows go.
  var results = "benchmarks/results/latest.json"
  /// Whether to count allocations and nothing else, and fail where there are too many.
  var checksAllocations = false
  /// Whether to show the help and nothing else.
  var showsHelp = false

  static let help = """
    usage: benchmark [options]
      --only NAME          only workloads whose name begins with NAME; may be repeated
      --no-peers           without the Python libraries
      --seconds S          seconds of measurement for each side of each row (3)
      --threads N          only this number of threads; may be repeated (1 and 2)
      --results PATH       where the rows go (benchmarks/results/latest.json)
      --check-allocations  only count allocations; fails where a training step, an update or an
                           environment step makes any
    """

  init(_ arguments: some Sequence<String>) throws {
    var rest = Array(arguments)[...]
    var chosenThreads: [Int] = []
    func value(of option: String) throws -> String {
      guard let value = rest.popFirst() else { throw UsageError("\(option) needs a value") }
      return value
    }
    while let option = rest.popFirst() {
      switch option {
      case "--only": only.append(try value(of: option))
      case "--no-peers": usesPeers = false
      case "--seconds":
        guard let number = Double(try value(of: option)), number > 0 else {
          throw UsageError("--seconds needs a positive number")
        }
        seconds = number
      case "--threads":
        guard let number = Int(try value(of: option)), (1...1024).contains(number) else {
          throw UsageError("--threads needs a number from 1 to 1024")
        }
        chosenThreads.append(number)
      case "--results": results = try value(of: option)
      case "--check-allocations": checksAllocations = true
      case "--help", "-h": showsHelp = true
      default: throw UsageError("there is no option \(option)")
      }
    }
    if !chosenThreads.isEmpty { threads = chosenThreads }
  }

  /// Whether the workload called `name` is wanted.
  func wants(_ name: String) -> Bool { only.isEmpty || only.contains { name.hasPrefix($0) } }
}

/// A command line that makes no sense.
struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
