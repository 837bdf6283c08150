import Configuration
import Experiments
import Foundation
import Render
import TestSupport
import Testing

/// Which runs are samples of one experiment, and what the others are called.
@Suite struct VariedOptionsTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  /// The files of a run that has not begun.
  private func write(_ experiment: String, changes: String = "{}", to name: String) throws {
    try FileManager.default.createDirectory(
      atPath: scratch[name], withIntermediateDirectories: true)
    try scratch.write(experiment, to: name + "/experiment.json")
    try scratch.write(#"{"file": "file.json", "changes": \#(changes)}"#, to: name + "/origin.json")
  }

  private func report(_ names: String...) throws -> RunReport {
    RunReport(try names.map { try RunData(of: RunDirectory(scratch[$0]), library: .test) })
  }

  private func walk(_ agent: String = "", _ members: String = "", seed: Int = 0) -> String {
    """
    {"name": "walk", "seed": \(seed), "environment": "walk",
     "agent": {"name": "wanderer", "iterations": 4\(agent)}\(members)}
    """
  }

  /// What was edited in the file tells runs apart as what was changed on the command line does.
  @Test func editedFilesAreOtherExperiments() throws {
    for (name, agent) in [("slow", ""), ("fast", #", "learningRate": 0.5"#)] {
      try scratch.write(
        walk(agent, #", "evaluation": {"episodes": 3}"#)
          .replacingOccurrences(of: #""seed": 0, "#, with: ""), to: name + ".json")
      let run = try Tool.bench.run(
        ["run", name + ".json", "--seeds", "2", "--output", name], in: scratch.path)
      #expect(run.status == 0, "\(run.errors)")
    }
    let both = try report("slow/seed0", "fast/seed0", "slow/seed1", "fast/seed1")
    #expect(both.groups.map(\.runs.count) == [2, 2])
    #expect(both.labels == ["learningRate 0.1", "learningRate 0.5"])
    #expect(both.table.contains("learningRate 0.5, 2 seeds ") && !both.table.contains("4 seeds"))
    #expect(both.figure?.subtitle == "mean of 2 seeds, 95 % band")
  }

  /// Seeds, tests and what changes no numbers leave runs together.
  @Test func whatDecidesNothingSeparatesNothing() throws {
    try write(walk(), to: "a")
    try write(
      walk(
        "", #", "evaluation": {"episodes": 3}, "threads": 2, "report": {"smoothing": 5}"#, seed: 1),
      changes: #"{"evaluation.episodes": 3, "threads": 2}"#, to: "b")
    try write(walk("", #", "summary": "Walks.", "checkpoint": {"every": 2}"#, seed: 2), to: "c")
    let report = try report("a", "b", "c")
    #expect(report.groups.map(\.runs.count) == [3] && report.labels == ["walk"])
  }

  /// Changes come first, in their order; then what else differs.
  @Test func changesComeFirst() throws {
    let changes = #"{"agent.weights": 3, "agent.learningRate": 0.5}"#
    try write(walk(), to: "a")
    try write(
      walk(#", "weights": 3, "learningRate": 0.5, "discount": 0.5"#), changes: changes, to: "b")
    #expect(
      try report("a", "b").labels == [
        "weights 7, learningRate 0.1, discount 0.9", "weights 3, learningRate 0.5, discount 0.5",
      ])
  }

  /// A part is called by its name; what comes with it needs no name beside it, what was chosen does.
  @Test func partsAreCalledByTheirNames() throws {
    for (name, cell) in [
      ("gru", #""gru""#), ("brc", #""brc""#),
      ("biased", #"{"name": "brc", "candidateBias": true}"#),
    ] {
      try write(
        """
        {"name": "signs", "seed": 0, "task": "sign-copy", "learner": {"name": "bptt", "network":
          {"name": "recurrent", "cell": \(cell)}}}
        """, to: name)
    }
    #expect(try report("gru", "brc").labels == ["cell gru", "cell brc"])
    #expect(
      try report("gru", "brc", "biased").labels == [
        "cell gru, candidateBias false", "cell brc, candidateBias false",
        "cell brc, candidateBias true",
      ])
  }

  /// Of lists, which differ as a whole, the elements that were changed are named.
  @Test func elementsOfLists() throws {
    func network(_ sizes: String) -> String {
      """
      {"name": "signs", "seed": 0, "task": "sign-copy", "learner": {"name": "bptt", "network":
        {"name": "recurrent", "sizes": \(sizes)}}}
      """
    }
    try write(network("[4, 5]"), to: "a")
    try write(network("[4, 6]"), changes: #"{"learner.network.sizes[1]": 6}"#, to: "b")
    try write(network("[4, 7]"), to: "c")
    #expect(try report("a", "b").labels == ["sizes[1] 5", "sizes[1] 6"])
    #expect(try report("a", "c").labels == ["sizes [4,5]", "sizes [4,7]"])
  }

  /// Experiments are told apart by their names, and by what differs between runs of one name.
  @Test func experimentsHaveTheirOwnOptions() throws {
    try write(walk(), to: "a")
    try write(walk(#", "weights": 3"#), to: "b")
    let other = walk(#", "discount": 0.5"#)
      .replacingOccurrences(of: #""walk", "seed""#, with: #""run", "seed""#)
    try write(other, to: "c")
    #expect(try report("a", "b", "c").labels == ["walk, weights 7", "walk, weights 3", "run"])
  }
}
