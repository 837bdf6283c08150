/// Cutting rows into shards.
public enum Partition {
  /// The sizes of `parts` parts of `count` rows, as equal as possible, larger ones first.
  public static func sizes(of count: Int, parts: Int) -> [Int] {
    (0..<parts).map { count / parts + ($0 < count % parts ? 1 : 0) }
  }

  /// The first row of each part.
  public static func starts(of sizes: [Int]) -> [Int] {
    var next = 0
    return sizes.map { size in
      defer { next += size }
      return next
    }
  }
}
