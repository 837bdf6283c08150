import Envs

/// Checks that an environment keeps the promises agents rely on: finite numbers within their spaces,
/// the same numbers from the same seed, a state that can be stored, ends that mean what they say.
///
/// ```swift
/// @Test func mazeConforms() throws { try checkEnvironment(EnvironmentFactory(name: "maze", Maze())) }
/// ```
///
/// - Parameters:
///   - factory: makes the environment.
///   - steps: steps of each trajectory.
///   - seeds: the checks are repeated for each.
/// - Returns: what was checked.
/// - Throws: ``ConformanceError`` naming each broken promise.
@discardableResult
public func checkEnvironment(
  _ factory: EnvironmentFactory, steps: Int = 2000, seeds: [UInt64] = [0, .max]
) throws -> ConformanceReport {
  var report = ConformanceReport("environment \(factory.specification.name)")
  for seed in seeds {
    for finding in EnvironmentChecker(factory, steps: steps, seed: seed).run() {
      report.note(
        seeds.count > 1 ? "\(finding.check), seed \(seed)" : finding.check, finding.message,
        problem: finding.passed ? nil : finding.message)
    }
  }
  return try report.required()
}

/// Checks an environment that is not registered anywhere.
///
/// - Throws: ``ConformanceError`` naming each broken promise.
@discardableResult
public func checkEnvironment(
  _ environment: some Environment, steps: Int = 2000, seeds: [UInt64] = [0, .max]
) throws -> ConformanceReport {
  try checkEnvironment(
    EnvironmentFactory(name: "\(type(of: environment))", environment), steps: steps, seeds: seeds)
}
