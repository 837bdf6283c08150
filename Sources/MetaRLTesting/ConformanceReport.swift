/// What a conformance check found out.
public struct ConformanceReport: Sendable, CustomStringConvertible {
  /// The result of one check.
  public struct Finding: Sendable, Equatable, CustomStringConvertible {
    /// What was checked.
    public let check: String
    /// Whether it holds.
    public let passed: Bool
    /// What was seen; where the check failed, also what to do.
    public let message: String

    /// One line for a person.
    public var description: String { "\(passed ? "ok    " : "FAILED") \(check): \(message)" }
  }

  /// What was checked.
  public let subject: String
  /// The results, in the order of the checks.
  public private(set) var findings: [Finding] = []

  init(_ subject: String) { self.subject = subject }

  /// Whether every check holds.
  public var passed: Bool { findings.allSatisfy(\.passed) }

  /// A line per check.
  public var description: String {
    ([subject] + findings.map(\.description)).joined(separator: "\n")
  }

  /// Notes a result; `problem` says what is wrong, nil that all is well.
  mutating func note(_ check: String, _ success: String, problem: String?) {
    findings.append(
      Finding(check: check, passed: problem == nil, message: problem ?? success))
  }

  /// The report itself if every check holds.
  ///
  /// - Throws: ``ConformanceError`` if one does not.
  func required() throws -> ConformanceReport {
    guard passed else { throw ConformanceError(report: self) }
    return self
  }
}

/// A promise that is not kept. Its description says which, and what to do.
public struct ConformanceError: Error, CustomStringConvertible {
  /// Everything that was found.
  public let report: ConformanceReport

  /// The checks that failed.
  public var failures: [ConformanceReport.Finding] { report.findings.filter { !$0.passed } }

  /// A line per failure.
  public var description: String {
    ([report.subject] + failures.map(\.description)).joined(separator: "\n")
  }
}
