import Autodiff
import Foundation
import Tensor
import Testing

/// Numbers from PyTorch in double precision; `Tests/Fixtures/pytorch/generate.py` made them.
struct PyTorchOptimizers: Decodable {
  struct Clipping: Decodable {
    let limit: Double
    let norm: Double
    let gradient: [Double]
  }

  let initial: [Float]
  let gradients: [[Float]]
  let parameters: [String: [[Double]]]
  let clipping: Clipping

  static func load() throws -> Self {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/pytorch/optimizers.json").standardized
    return try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
  }
}

@Suite struct OptimizerTests {
  static let rules: [(String, OptimizerRule, Float)] = [
    ("adam", .adam(), 0.01),
    ("adamBetas", .adam(beta1: 0.5, beta2: 0.9, epsilon: 1e-3), 0.02),
    ("adamW", .adam(weightDecay: 0.1), 0.01),
    ("rmsProp", .rmsProp(decay: 0.95, epsilon: 1e-6), 0.01),
    ("rmsPropMomentum", .rmsProp(momentum: 0.9), 0.01),
    ("sgd", .momentum(), 0.05),
    ("sgdMomentum", .momentum(0.9), 0.05),
  ]

  static func store(_ values: [Float]) -> ParameterStore {
    let tracer = Tracer()
    tracer.output("w", tracer.vector("w", width: values.count))
    let store = ParameterStore(tracer.finish().parameters, key: RandomKey(seed: 0))
    store.assign(values)
    return store
  }

  @Test(arguments: rules) func agreesWithPyTorch(
    _ name: String, _ rule: OptimizerRule, _ rate: Float
  ) throws {
    let numbers = try PyTorchOptimizers.load()
    let expected = try #require(numbers.parameters[name])
    let store = Self.store(numbers.initial)
    let optimizer = Optimizer(rule, count: numbers.initial.count)
    for (step, gradient) in numbers.gradients.enumerated() {
      optimizer.update(store, gradient: gradient, learningRate: rate)
      for (index, value) in store.array.enumerated() {
        let exact = expected[step][index]
        let error = abs(Double(value) - exact) / max(1, abs(exact))
        #expect(error < 1e-6, "step \(step), parameter \(index): \(value) instead of \(exact)")
      }
    }
    #expect(optimizer.updates == numbers.gradients.count)
  }

  @Test func clippingAgreesWithPyTorch() throws {
    let numbers = try PyTorchOptimizers.load()
    let gradient = numbers.gradients[3]
    let norm = Optimizer.norm(gradient, count: gradient.count)
    #expect(abs(norm / numbers.clipping.norm - 1) < 1e-12)
    let scale = Optimizer.clippingScale(norm: norm, limit: numbers.clipping.limit)
    for (g, exact) in zip(gradient, numbers.clipping.gradient) {
      #expect(abs(Double(g * scale) - exact) <= 1e-6 * abs(exact))
    }
    #expect(Optimizer.clippingScale(norm: 1.4, limit: 1.5) == 1)
    // A scaled update is an update along the scaled gradient.
    let (a, b) = (Self.store(numbers.initial), Self.store(numbers.initial))
    Optimizer(.momentum(), count: gradient.count)
      .update(a, gradient: gradient, learningRate: 0.1, scale: 0.25)
    Optimizer(.momentum(), count: gradient.count)
      .update(b, gradient: gradient.map { 0.25 * $0 }, learningRate: 0.1)
    #expect(a.array == b.array)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 1000]) func normOfManyNumbers(_ count: Int) {
    let gradient = (0..<count).map { Float($0 % 13) - 6 }
    let exact = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(Optimizer.norm(gradient, count: count) - exact) <= 1e-12 * exact)
    #expect(Optimizer.norm([.nan, 1], count: 2).isNaN)
  }

  @Test func schedules() {
    for schedule in LearningRateSchedule.allCases {
      #expect(schedule.factor(at: 0) == 1 && schedule.factor(at: -1) == 1)
      #expect(schedule.factor(at: 2) == schedule.factor(at: 1))
    }
    #expect(LearningRateSchedule.constant.factor(at: 1) == 1)
    #expect(LearningRateSchedule.linear.factor(at: 0.25) == 0.75)
    #expect(LearningRateSchedule.linear.factor(at: 1) == 0)
    #expect(abs(LearningRateSchedule.cosine.factor(at: 0.5) - 0.5) < 1e-15)
    #expect(abs(LearningRateSchedule.cosine.factor(at: 0.25) - 0.853553390593) < 1e-12)
    #expect(LearningRateSchedule.cosine.factor(at: 1) == 0)
    #expect(LearningRateSchedule.lateLinear.factor(at: 0.75) == 1)
    #expect(LearningRateSchedule.lateLinear.factor(at: 0.875) == 0.5)
    #expect(LearningRateSchedule.lateLinear.factor(at: 1) == 0)
  }

  @Test(arguments: rules) func continuesFromSnapshotsAndArchives(
    _ name: String, _ rule: OptimizerRule, _ rate: Float
  ) throws {
    let numbers = try PyTorchOptimizers.load()
    let count = numbers.initial.count
    let store = Self.store(numbers.initial)
    let optimizer = Optimizer(rule, count: count)
    func update(_ optimizer: Optimizer, _ steps: Range<Int>) {
      for step in steps {
        optimizer.update(store, gradient: numbers.gradients[step], learningRate: rate)
      }
    }
    update(optimizer, 0..<5)
    let (weights, snapshot) = (store.array, optimizer.snapshot())
    var archive = Archive()
    optimizer.save(into: &archive, prefix: "policy")
    update(optimizer, 5..<12)
    let final = store.array

    store.assign(weights)
    optimizer.restore(snapshot)
    update(optimizer, 5..<12)
    #expect(store.array == final)

    store.assign(weights)
    let fresh = Optimizer(rule, count: count)
    try fresh.restore(from: archive, prefix: "policy")
    #expect(fresh.updates == 5)
    update(fresh, 5..<12)
    #expect(store.array == final)

    let wrong = Optimizer(rule, count: count + 1)
    #expect(throws: ArchiveError.self) { try wrong.restore(from: archive, prefix: "policy") }
    #expect(throws: ArchiveError.self) { try fresh.restore(from: archive, prefix: "value") }
  }
}
