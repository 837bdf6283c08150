import CKernels
import Tensor

/// Runs a program in Float32, fused and vectorised, over a batch that is cut into shards.
///
/// A shard's results depend on its rows alone, and gradients are summed in the order of the shards, so
/// the same experiment gives the same bits with any number of threads.
///
/// ```swift
/// let executor = Executor(program, parameters: store, rows: [64, 64], steps: 200,
///                         objectives: ["loss"])
/// executor.prepare()
/// pool.run(executor.shards.count) { executor.shards[$0].forward(0..<200) }
/// ```
public final class Executor {
  /// Which matrix products are used.
  public enum Products: Sendable {
    /// Packed kernels with the best instructions of this machine; where many numbers are zero, rows
    /// of weights gathered for those that are not; where many weights are zero, those that are not.
    /// All give the same bits.
    case automatic
    /// Packed kernels only.
    case dense
    /// Gathered rows wherever numbers may be zero.
    case events
    /// Connections alone, whatever their number.
    case sparse
    /// OpenBLAS, to compare with.
    case openBLAS
  }

  /// How elementwise groups are run.
  public enum Elementwise: Sendable {
    /// By machine code written for each group, where this machine allows it.
    case automatic
    /// Instruction by instruction, with the same bits.
    case interpreted
  }

  /// The parts of the batch.
  public let shards: [Shard]
  /// The parameters.
  public let parameters: ParameterStore
  private let packed: [PackedWeights]
  private let sparse = SparseWeights()
  private let kernels: ProductKernels
  private var packedVersion = 0

  /// - Parameters:
  ///   - rows: rows of each shard.
  ///   - steps: the largest number of steps.
  ///   - objectives: outputs whose derivatives are handed in before `backward`; none for a forward
  ///     pass only.
  ///   - inputGradients: inputs by which derivatives are wanted.
  ///   - totals: outputs of which only the sums over rows and steps are wanted. They are not kept step by
  ///     step, and the derivative by one that is an objective is the same for all rows and steps.
  ///   - segmentSteps: how many steps may have everything that the backward pass reads in memory at
  ///     once; nil for all. It then runs the steps before again, segment by segment: less memory for a
  ///     second forward pass, and the same bits.
  ///   - givesStateGradients: whether `Shard.stateGradient` is wanted for states that remember others, as those
  ///     of a delay line do. Without, their derivatives go to what is remembered right away, which is faster.
  ///   - keepsStates: whether `Shard.state` is wanted at every step. Without, a state that the backward pass does
  ///     not read has two places that steps take in turn, which is faster where sequences are long.
  public init(
    _ program: Program, parameters: ParameterStore, rows: [Int], steps: Int,
    objectives: [String] = [], inputGradients: [String] = [], totals: [String] = [],
    segmentSteps: Int? = nil, givesStateGradients: Bool = false, keepsStates: Bool = true,
    products: Products = .automatic, elementwise: Elementwise = .automatic
  ) {
    precondition(
      parameters.layout.parameters.map(\.shape) == program.parameters.map(\.shape)
        && parameters.layout.parameters.map(\.name) == program.parameters.map(\.name)
        && parameters.layout.parameters.map(\.wiring) == program.parameters.map(\.wiring),
      "the parameters belong to another program")
    precondition(steps > 0 && rows.allSatisfy { $0 > 0 }, "an executor needs rows and steps")
    self.parameters = parameters
    kernels = ProductKernels(products)
    // Shards of equal size share a plan and its packed weights.
    var plans: [Int: (plan: Plan, packed: PackedWeights)] = [:]
    var packed: [PackedWeights] = []
    var shards: [Shard] = []
    for count in rows {
      if plans[count] == nil {
        var plan = Plan(
          program: program, rows: count, steps: steps,
          objectives: objectives.map(program.output),
          inputGradients: inputGradients.map(program.input), totals: totals.map(program.output),
          segmentSteps: segmentSteps, givesStateGradients: givesStateGradients,
          keepsStates: keepsStates)
        if elementwise == .automatic { plan.compile() }
        let weights = PackedWeights(plan: plan, sparse: sparse)
        plans[count] = (plan, weights)
        packed.append(weights)
      }
      let (plan, weights) = plans[count]!
      shards.append(
        Shard(
          plan: plan, parameters: parameters, packed: weights, kernels: kernels))
    }
    self.shards = shards
    self.packed = packed
  }

  /// Brings the packed weights up to date. Call it before shards run, from one thread.
  public func prepare() {
    guard packedVersion != parameters.version else { return }
    packedVersion = parameters.version
    sparse.update(parameters, for: kernels)
    for weights in packed { weights.pack(parameters, for: kernels) }
  }

  /// What the products of all shards did since `resetOperations`.
  public var operations: SynapticOperations {
    shards.reduce(SynapticOperations()) { $0 + $1.operations }
  }

  /// Counts operations from zero.
  public func resetOperations() { for shard in shards { shard.operations = .init() } }

  /// Sums the shards' gradients, in order, into the first one's, and returns it. The derivative by
  /// what is no connection of a sparse matrix is zero, see ``ParameterStore/sparse``.
  public func reduceGradients() -> UnsafeMutablePointer<Float> {
    let total = shards[0].gradient
    for shard in shards.dropFirst() {
      metarl_accumulate(total, shard.gradient, Int64(parameters.layout.count))
    }
    for parameter in parameters.sparse {
      let offset = parameters.layout.offsets[parameter]
      metarl_confine(
        total + offset, parameters.values + offset,
        Int64(parameters.layout.parameters[parameter].count))
    }
    return total
  }
}

extension ProductKernels {
  /// The kernels that an executor was asked for.
  fileprivate init(_ products: Executor.Products) {
    packed = products == .openBLAS ? nil : metarl_best_product_kernels()
    gathering =
      switch products {
      case .automatic: .wherePaying
      case .events: .always
      case .dense, .sparse, .openBLAS: .never
      }
    sparse =
      switch products {
      case .automatic: .wherePaying
      case .sparse: .always
      case .dense, .events, .openBLAS: .never
      }
  }
}
