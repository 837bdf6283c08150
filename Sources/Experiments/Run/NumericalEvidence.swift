import Agents
import Configuration
import Tensor

/// What is left to look at when a number stops being finite: the folder `nan/` of the run.
///
/// ```text
/// report.json          what was not finite, in which iteration, step and environment
/// weights.safetensors  the weights before the update that failed, named as in checkpoints
/// batch.safetensors    its batch: observations, actions, rewards, advantages and targets of policies,
///                      inputs of sequences; each [steps × rows × width]
/// ```
///
/// Learners without weights or batches of this kind leave the files out. A weight that is found not to be finite only when it is to be stored is in the file as it is.
struct NumericalEvidence {
  private let report: JSONValue
  private let archive: Archive

  /// The evidence that `trainer` has.
  init(
    of error: NumericalError, in subject: String, lastCheckpoint: Int?, trainer: any Trainer
  ) {
    report = .object([
      .init("quantity", .string(error.quantity)), .init("iteration", .number(error.iteration)),
      .init("place", error.place.map { .string($0) } ?? .null),
      .init("subject", .string(subject)),
      .init("lastCheckpoint", lastCheckpoint.map { .number($0) } ?? .null),
    ])
    var archive = Archive()
    trainer.save(evidenceInto: &archive)
    self.archive = archive
  }

  /// Writes the files into a directory, in the place of earlier ones.
  ///
  /// - Throws: ``Failure`` where they cannot be written.
  func write(into directory: String) throws {
    FileSystem.remove(directory)
    try FileSystem.createDirectory(directory)
    for (section, name) in [(Archive.Section.weights, "weights"), (.state, "batch")] {
      guard let tensors = archive.tensors[section] else { continue }
      try FileSystem.replace(
        "\(directory)/\(name).safetensors", with: Safetensors(tensors: tensors).bytes)
    }
    try FileSystem.replace(directory + "/report.json", with: Array(report.pretty.utf8))
  }
}
