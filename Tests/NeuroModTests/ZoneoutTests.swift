import Autodiff
import NeuroMod
import Tensor
import Testing

/// Zoneout of event-based units in the first step, before which all states are 0. An event would need a state
/// above a threshold near 1.
@Suite struct ZoneoutTests {
  private static let units = 200

  /// The states h after one step, with the masks of `key` or their expected value.
  private static func states(_ form: EGRU.Form, zoneout: Float, masks key: RandomKey? = nil)
    -> [Float]
  {
    var cell = EGRU()
    (cell.size, cell.form) = (units, form)
    (cell.thresholdMean, cell.zoneout) = (0.999, zoneout)
    let run = CellRun(cell, inputSize: 3)
    if let key { run.shard.drawNoise(key, firstRow: 0) }
    run.step([0.3, -0.2, 0.5])
    return Array(run.state("h"))
  }

  /// p h + (1 − p) c where the network is used.
  @Test(arguments: EGRU.Form.allCases) func usedNetworksMixTheNewStateIn(_ form: EGRU.Form) {
    let plain = Self.states(form, zoneout: 0)
    let mixed = Self.states(form, zoneout: 0.25)
    #expect(plain.contains { abs($0) > 0.01 })
    for (a, b) in zip(plain, mixed) { #expect(abs(b - 0.75 * a) < 1e-7) }
  }

  /// The new state or the old one while the network is trained.
  @Test(arguments: EGRU.Form.allCases) func trainedNetworksKeepSomeStates(_ form: EGRU.Form) {
    let plain = Self.states(form, zoneout: 0)
    let drawn = Self.states(form, zoneout: 0.25, masks: RandomKey(seed: 5))
    #expect(zip(plain, drawn).allSatisfy { $1 == 0 || $1 == $0 })
    let kept = Double(zip(plain, drawn).count { $0 != 0 && $1 == 0 }) / Double(Self.units)
    #expect(abs(kept - 0.25) < 4 * (0.1875 / Double(Self.units)).squareRoot())
  }
}
