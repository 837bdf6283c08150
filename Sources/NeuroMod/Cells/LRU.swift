import Autodiff
import Configuration

/// The linear recurrent unit (Orvieto et al. 2023, arXiv 2303.06349): a diagonal linear recurrence of
/// complex states.
///
/// ```
/// λ  = exp(−exp(ν) + i exp(θ)),   γ = √(1 − |λ|²)
/// s' = λ ⊙ s + γ ⊙ (B x)                                complex states
/// y  = Re(C s') + D ⊙ x
/// ```
///
/// Re and Im are states of their own, so that all arithmetic is real. Moduli |λ| begin on the ring
/// between `minimumRadius` and `maximumRadius`, phases below `maximumPhase`; here γ follows λ and is
/// not learned. Where the input has not as many numbers as the output, D is a matrix.
public struct LRU: Cell {
  /// Numbers in the output.
  public var size = 64
  /// Complex states; 0 for as many as the output has numbers.
  public var states = 0
  /// The smallest |λ| at the beginning.
  public var minimumRadius: Float = 0
  /// The largest |λ| at the beginning; below 1.
  public var maximumRadius: Float = 0.999
  /// The largest phase at the beginning, in radians.
  public var maximumPhase: Float = 6.2831853

  /// A layer of 64 numbers and as many states.
  public init() {}

  /// The options.
  public static var fields: [Field<Self>] {
    [
      .integer("states", \.states, in: 0...65536, "Complex states; 0 for as many as units."),
      .number("minimumRadius", \.minimumRadius, in: 0...0.999999, "Smallest initial |λ|."),
      .number("maximumRadius", \.maximumRadius, in: 1e-3...0.999999, "Largest initial |λ|."),
      .number(
        "maximumPhase", \.maximumPhase, in: 1e-6...6.2831855,
        "Largest initial phase of λ, in radians."),
    ]
  }

  /// The ring needs a width.
  public func validate(at path: JSONPath) throws {
    guard minimumRadius <= maximumRadius else {
      throw ConfigurationError(
        path.appending("minimumRadius"), "\(minimumRadius) is above maximumRadius",
        remedy: "Choose at most \(maximumRadius).")
    }
  }

  /// Traces one time step; the states are `real` and `imaginary`.
  public func step(_ x: Value, in tracer: Tracer) -> Value {
    let count = states == 0 ? size : states
    let (first, second) = (0..<count, count..<2 * count)
    let real = tracer.state("real", width: count)
    let imaginary = tracer.state("imaginary", width: count)
    let decay = tracer.vector(
      "nu", width: count, .ring(minimum: minimumRadius, maximum: maximumRadius)
    ).exp()
    let theta = tracer.vector("theta", width: count, .logUniform(limit: maximumPhase)).exp()

    let radius = (-decay).exp()
    let (lambdaReal, lambdaImaginary) = (radius * theta.cosine(), radius * theta.sine())
    // √(1 − e⁻²ᵘ) without cancellation where |λ| is near 1.
    let gamma = (decay.tanh() * (1 + radius.squared())).squareRoot()
    // Re B beside Im B, each N(0, 1 / 2d); Re C above −Im C, each N(0, 1 / n).
    let drive = x.product(
      tracer.matrix(
        "input", rows: x.width, columns: 2 * count,
        .normal(1 / Float(2 * x.width).squareRoot())))
    let nextReal = lambdaReal * real - lambdaImaginary * imaginary + gamma * drive[first]
    let nextImaginary = lambdaReal * imaginary + lambdaImaginary * real + gamma * drive[second]
    tracer.update(real, to: nextReal)
    tracer.update(imaginary, to: nextImaginary)
    let readout = tracer.matrix(
      "output", rows: 2 * count, columns: size, .normal(1 / Float(count).squareRoot()))
    let y = Value.concatenate([nextReal, nextImaginary]).product(readout)
    return y + skip(x, in: tracer)
  }

  /// D ⊙ x, or x D.
  private func skip(_ x: Value, in tracer: Tracer) -> Value {
    if x.width == size { return tracer.vector("skip", width: size, .normal(1)) * x }
    return x.product(
      WeightInitialization(.lecun, scale: 1).matrix(
        "skip", rows: x.width, columns: size, in: tracer))
  }
}
