import Ferry
import MetaRLTesting
import Testing

@Suite struct FerryTests {
  @Test func theEnvironmentKeepsItsPromises() throws { try checkEnvironment(Ferry()) }

  @Test func theCellKeepsItsPromises() throws { try checkCell(LeakyCell()) }
}
