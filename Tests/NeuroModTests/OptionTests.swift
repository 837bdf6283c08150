import Configuration
import NeuroMod
import Testing

/// Cells and networks are read strictly, and errors say what would be right.
@Suite struct OptionTests {
  private func error(_ body: () throws -> Void) -> ConfigurationError? {
    #expect(throws: ConfigurationError.self) { try body() }
  }

  private func cellError(_ json: String) -> ConfigurationError? {
    error { _ = try CellChoice(json: JSONValue(parsing: json), at: JSONPath("agent.network.cell")) }
  }

  private func networkError(_ json: String) -> ConfigurationError? {
    error { _ = try NetworkChoice(json: JSONValue(parsing: json), at: JSONPath("agent.network")) }
  }

  @Test func unknownNamesAreSuggested() {
    let cell = cellError(#""grru""#)
    #expect(cell?.path.description == "agent.network.cell.name")
    #expect(cell?.remedy.hasPrefix("Did you mean “gru”? Allowed: gru, lstm, ") == true)
    #expect(networkError(#"{"name": "recurent"}"#)?.remedy.contains("“recurrent”") == true)
    #expect(cellError(#"{"reset": "after"}"#)?.problem == "is missing")
    #expect(cellError("7")?.problem == "is a number")
  }

  @Test func unknownOptionsAreSuggested() {
    let option = cellError(#"{"name": "gru", "candidatBias": true}"#)
    #expect(option?.path.description == "agent.network.cell.candidatBias")
    #expect(option?.remedy.contains("“candidateBias”") == true)
    let value = cellError(#"{"name": "gru", "reset": "befor"}"#)
    #expect(value?.remedy.contains("“before”") == true)
    let nested = cellError(#"{"name": "lstm", "weights": {"scale": -1}}"#)
    #expect(nested?.path.description == "agent.network.cell.weights.scale")
    let size = networkError(#"{"name": "nmd", "sizes": [50, 0]}"#)
    #expect(size?.path.description == "agent.network.sizes[1]")
    let inner = networkError(#"{"name": "nmd", "cell": {"name": "gru", "reset": 3}}"#)
    #expect(inner?.path.description == "agent.network.cell.reset")
    #expect(inner?.problem == "is a number")
  }

  @Test func optionsThatDoNotGoTogether() {
    let bias = cellError(#"{"name": "gru", "reset": "before", "recurrentBias": true}"#)
    #expect(bias?.path.description == "agent.network.cell.recurrentBias")
    let ring = cellError(#"{"name": "lru", "minimumRadius": 0.9, "maximumRadius": 0.8}"#)
    #expect(ring?.path.description == "agent.network.cell.minimumRadius")
  }

  /// Cells that hold cells: the place of a mistake is found in the inner one.
  @Test func cellsOfCells() throws {
    let inner = cellError(#"{"name": "stack", "cells": ["gru", {"name": "lstm", "size": 3}]}"#)
    #expect(inner?.path.description == "agent.network.cell.cells[1].size")
    let unknown = cellError(#"{"name": "double", "second": "brcc"}"#)
    #expect(unknown?.path.description == "agent.network.cell.second.name")
    #expect(cellError(#"{"name": "stack", "cells": []}"#)?.problem == "has no layer")
    #expect(cellError(#"{"name": "stack", "cells": "gru"}"#)?.problem == "is a text")
    let choice = try CellChoice(
      json: JSONValue(parsing: #"{"name": "block", "cell": {"name": "lru", "states": 7}}"#),
      at: .root)
    #expect(choice.json["cell"]?["states"] == .number("7"))
    #expect(choice.json["cell"]?["maximumRadius"] == .number("0.999"))
    // The defaults say what the registry says.
    for cell in Registry<CellFactory>.standard.entries {
      let choice = try CellChoice(json: .string(cell.name), at: .root)
      #expect(try CellChoice(json: choice.json, at: .root).json == choice.json, "\(cell.name)")
    }
  }

  @Test func defaultsAreWrittenBack() throws {
    let choice = try NetworkChoice(
      json: JSONValue(parsing: #"{"name": "nmd", "cell": "lstm", "hidden": []}"#), at: .root)
    let network = try #require(choice.network as? NMDNetwork)
    #expect(network.hidden == [] && network.modulationSize == 20 && network.sizes == [50])
    #expect(choice.json["cell"]?["name"] == .string("lstm"))
    #expect(choice.json["cell"]?["forgetBias"] == .number("1"))
    #expect(choice.json["hiddenUsesPreviousZ"] == .bool(false))
    // What was written back reads the same again.
    let again = try NetworkChoice(json: choice.json, at: .root)
    #expect(again.json == choice.json)
  }

  @Test func registriesCanBeExtended() throws {
    var registry = Registry<CellFactory>.standard
    registry.register("elman", "Another name.", PlainRNN.self)
    try CellChoice.$registry.withValue(registry) {
      _ = try CellChoice(json: .string("elman"), at: .root)
    }
    #expect(throws: ConfigurationError.self) {
      try CellChoice(json: .string("elman"), at: .root)
    }
  }
}
