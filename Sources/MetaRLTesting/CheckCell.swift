import Autodiff
import Configuration
import NeuroMod

/// Checks a recurrent layer: its derivatives against differences, the fast executor against the
/// reference, that every parameter matters, that long sequences stay finite, and that its options
/// describe it completely.
///
/// ```swift
/// @Test func leakyConforms() throws { try checkCell(LeakyCell()) }
/// ```
///
/// - Parameters:
///   - cell: the cell with its options; its size is varied.
///   - sizes: the sizes it is given.
///   - inputSize: numbers in its input row.
///   - tolerance: how exact it has to be; `.surrogate` for spikes.
/// - Returns: what was checked.
/// - Throws: ``ConformanceError`` naming each broken promise.
@discardableResult
public func checkCell(
  _ cell: some Cell, sizes: [Int] = [1, 9, 20], inputSize: Int = 5,
  tolerance: ConformanceTolerance = .init()
) throws -> ConformanceReport {
  var report = ConformanceReport("cell \(type(of: cell))")
  let conformance = ProgramConformance(tolerance: tolerance)
  for size in sizes {
    var sized = cell
    sized.size = size
    let (program, width) = trace(sized, inputSize: inputSize)
    report.note(
      "output of \(size) units", "a row of \(size)",
      problem: width == size
        ? nil : "the output has \(width) numbers. A cell of \(size) units gives as many.")
    conformance.note(program, in: &report)
    report.note(
      "options of \(size) units", "writing and reading them gives the same cell",
      problem: optionProblem(sized, program: program, inputSize: inputSize))
  }
  return try report.required()
}

/// One step of `cell`, and the width of its output.
private func trace(_ cell: some Cell, inputSize: Int) -> (Program, width: Int) {
  let tracer = Tracer()
  let output = tracer.scope("cell") {
    cell.step(tracer.input("x", width: inputSize), in: tracer)
  }
  tracer.output("y", output)
  return (tracer.finish(), output.width)
}

/// What the options do not say about `cell`, or nil.
private func optionProblem<SomeCell: Cell>(
  _ cell: SomeCell, program: Program, inputSize: Int
) -> String? {
  do {
    var copy = try SomeCell(json: cell.json, at: JSONPath("cell"))
    copy.size = cell.size
    guard copy.json == cell.json else {
      return "they read as others than they were written. Give each field its own key."
    }
    guard trace(copy, inputSize: inputSize).0.parameters == program.parameters else {
      return "a cell read from them has other parameters. Make everything that shapes it a field."
    }
    return nil
  } catch {
    return "they cannot be read again: \(error)"
  }
}
