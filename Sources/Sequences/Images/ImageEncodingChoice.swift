import Configuration

/// An encoding named in a configuration, with its options.
public struct ImageEncodingChoice: RegistryChoice {
  /// Encodings.
  public static var kind: String { "encoding" }
  /// Where names are looked up. The experiment binds it to its own library while it reads.
  @TaskLocal public static var registry = Registry<any ImageEncoding>.standard

  /// The name with every option filled in.
  public let json: JSONValue
  /// The encoding.
  public let encoding: any ImageEncoding

  /// An encoding that has been looked up.
  public init(_ encoding: any ImageEncoding, json: JSONValue) {
    self.encoding = encoding
    self.json = json
  }
}
