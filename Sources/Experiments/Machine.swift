import CKernels
import COpenBLAS
import Foundation
import Tensor

/// What computed a run: the build and the machine. Equal seeds give equal bits for equal builds on
/// equal instruction sets.
public struct Machine: Codable, Sendable, Equatable {
  /// The version of the framework.
  public static let version = "0.1.0"

  /// The version of the framework.
  public var version = Machine.version
  /// SHA-256 of the executable, which names the build exactly.
  public let executable: String
  /// The compiler.
  public let toolchain: String
  /// The model of the processor.
  public let processor: String
  /// The instruction set that the kernels use.
  public let instructionSet: String
  /// The matrix library and its configuration.
  public let linearAlgebra: String

  /// This process.
  public static let current = Machine()

  private init() {
    let image = try? FileSystem.read("/proc/self/exe")
    executable = image.map { SHA256.hexadecimal(of: $0) } ?? "unknown"
    #if compiler(>=6.4)
      toolchain = "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      toolchain = "Swift 6.3"
    #else
      toolchain = "Swift 6.2"
    #endif
    // Files in /proc have no length, so Foundation reads them to the end.
    let description = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let model = description.split(separator: "\n").first { $0.hasPrefix("model name") }
    processor =
      model?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
    instructionSet = String(cString: metarl_instruction_set())
    linearAlgebra = String(cString: openblas_get_config()).trimmingCharacters(in: .whitespaces)
  }

  /// Keeps the matrix library to one thread, see `BLAS`.
  ///
  /// - Throws: ``Failure`` where the library does not obey.
  static func pinLinearAlgebraToOneThread() throws {
    let threads = BLAS.useOneThread()
    guard threads == 1 else {
      throw Failure(
        .unexpected, "OpenBLAS uses \(threads) threads and cannot be kept to one",
        remedy: "Set OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=1.")
    }
  }
}
