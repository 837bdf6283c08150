import Experiments

/// The names that the verbs of this process look up.
enum CommandLibrary {
  /// What ``MetaRLCommand/run(_:)`` was given.
  @TaskLocal static var current = Library.standard
}
