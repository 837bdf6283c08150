/// The place of a value inside a JSON text, printed as `agent.network.hidden[2]`.
public struct JSONPath: Sendable, Equatable, CustomStringConvertible {
  /// The printed form; empty for the whole text.
  public let description: String

  /// The whole text.
  public static let root = JSONPath(description: "")

  private init(description: String) { self.description = description }

  /// A path that is already printed.
  public init(_ description: String) { self.description = description }

  /// The place of the member `key`.
  public func appending(_ key: String) -> JSONPath {
    JSONPath(description: description.isEmpty ? key : "\(description).\(key)")
  }

  /// The place of the element `index`.
  public func appending(_ index: Int) -> JSONPath {
    JSONPath(description: "\(description)[\(index)]")
  }
}

/// Something wrong in a configuration: where, what, and what to do about it.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// Where in the JSON.
  public let path: JSONPath
  /// What is wrong there.
  public let problem: String
  /// What would be right.
  public let remedy: String

  /// An error at `path`.
  public init(_ path: JSONPath, _ problem: String, remedy: String) {
    self.path = path
    self.problem = problem
    self.remedy = remedy
  }

  /// Two lines for a person: what is wrong, what to do.
  public var description: String {
    let place = path.description.isEmpty ? "the experiment" : path.description
    return "\(place): \(problem)\n\(remedy)"
  }

  /// "Did you mean …?" with the nearest of `names`, followed by the list of them all.
  public static func suggestion(for name: String, among names: [String]) -> String {
    let list = "Allowed: \(names.joined(separator: ", "))."
    guard let nearest = nearest(to: name, among: names) else { return list }
    return "Did you mean “\(nearest)”? \(list)"
  }

  /// The name that `name` is the beginning of, or which differs from it least; nil where none is near.
  static func nearest(to name: String, among names: [String]) -> String? {
    let beginning = name.lowercased()
    if name.count >= 3,
      let whole = names.first(where: { $0.lowercased().hasPrefix(beginning) })
    {
      return whole
    }
    let nearest = names.min { editDistance(name, $0) < editDistance(name, $1) }
    return nearest.flatMap { editDistance(name, $0) <= max(2, name.count / 3) ? $0 : nil }
  }

  /// Levenshtein distance, ignoring case.
  static func editDistance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.lowercased()), Array(b.lowercased()))
    var row = Array(0...b.count)
    for i in a.indices {
      var diagonal = row[0]
      row[0] = i + 1
      for j in b.indices {
        let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
      }
    }
    return row[b.count]
  }
}
