import ArgumentParser

/// The directory that `--output` names. Without a name, what is below it would go to the root of the disk.
///
/// - Throws: `ValidationError` for an empty name.
func outputDirectory(_ name: String) throws -> String {
  guard !name.isEmpty else { throw ValidationError("A directory has a name.") }
  return name
}
