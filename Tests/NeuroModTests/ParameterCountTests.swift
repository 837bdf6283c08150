import Autodiff
import Configuration
import Envs
import NeuroMod
import Testing

/// The numbers of parameters that follow from the published sizes.
@Suite struct ParameterCountTests {
  static let published: [(environment: String, nmd: [Int], recurrent: [Int])] = [
    ("nmd-benchmark1", [9_592, 9_541], [9_302, 9_291]),
    ("nmd-benchmark2", [78_547, 78_446], [76_057, 76_046]),
    ("nmd-benchmark3", [79_207, 79_106], [76_657, 76_646]),
  ]

  @Test(arguments: published)
  func countsAreThePublishedOnes(_ name: String, _ nmdCounts: [Int], _ recurrentCounts: [Int])
    throws
  {
    let (factory, _) = try Registry<EnvironmentFactory>.standard.make(.string(name), at: .root)
    let specification = factory.specification
    let isSmall = name == "nmd-benchmark1"
    var nmd = NMDNetwork()
    nmd.sizes = isSmall ? [50] : [100, 75]
    nmd.modulationSize = isSmall ? 20 : 45
    nmd.hidden = isSmall ? [10] : [30, 10]
    var recurrent = RecurrentNetwork()
    recurrent.sizes = nmd.sizes
    recurrent.hidden = isSmall ? [20, 10] : [45, 30, 10]
    recurrent.activation = isSmall ? .relu : .sReLU
    let actions = specification.actionSpace.count
    let policy = [Head("mean", size: actions), Head("logVariance", size: actions)]
    for (network, expected) in [(nmd, nmdCounts), (recurrent, recurrentCounts)]
      as [(any Network, [Int])]
    {
      for (heads, count) in zip([policy, [Head("value", size: 1)]], expected) {
        let program = network.program(
          observationSize: specification.observationSpace.count,
          actionSize: specification.executedActionSize, heads: heads)
        #expect(program.parameterCount == count, "\(program.summary)")
      }
    }
  }

  @Test func defaultsAreThoseOfBenchmark1() {
    let value = [Head("value", size: 1)]
    #expect(
      NMDNetwork().program(observationSize: 1, actionSize: 1, heads: value).parameterCount == 9_541)
    #expect(
      RecurrentNetwork().program(observationSize: 1, actionSize: 1, heads: value).parameterCount
        == 9_291)
  }
}
