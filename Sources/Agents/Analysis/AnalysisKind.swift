/// The analyses that come with MetaRL.
public enum AnalysisKind: String, Sendable, CaseIterable {
  /// What a modulation signal tells of the hidden task.
  case modulation
  /// What a network does while its modulation signal is held.
  case freeze
  /// What motor neurons see.
  case fields
  /// How an agent adapts anew when its task is edited.
  case edits

  /// Which agents have it.
  public var requirement: String {
    switch self {
    case .modulation: "NMD networks"
    case .freeze: "NMD networks where targets can be swapped"
    case .fields: "SPORE with a population vector right behind an event camera"
    case .edits: "agents that can be watched, where tasks can be edited"
    }
  }
}
