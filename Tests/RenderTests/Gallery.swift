import Glibc
import Render

/// Figures with everything in them, for the tests below and for the eye.
enum Gallery {
  /// Noise that is the same everywhere.
  struct Noise {
    var state: UInt64

    mutating func next() -> Double {
      var sum = 0.0
      for _ in 0..<6 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        sum += Double(state >> 40) / 0x1p24 - 0.5
      }
      return sum
    }
  }

  /// Two learners with bands and seeds, three lines to compare with.
  static var learning: Plot {
    var noise = Noise(state: 4)
    var series: [Series] = []
    for (name, best, speed) in [("NMD", 0.86, 4.0), ("GRU", 0.71, 2.2)] {
      let x = (0...200).map { Double($0) * 10_000 }
      let center = x.map { 0.14 + (best - 0.14) * (1 - exp(-speed * $0 / 1.2e6)) }
      for _ in 0..<5 {
        var drift = 0.0
        let y = center.map { value in
          drift = 0.93 * drift + 0.012 * noise.next()
          return value + drift
        }
        series.append(.line(name, x: x, y: y, width: 0.8, opacity: 0.35))
      }
      series.append(
        .band(name, x: x, lower: center.map { $0 - 0.022 }, upper: center.map { $0 + 0.025 }))
      series.append(.line(name, x: x, y: center.map { $0 + 0.003 * noise.next() }, width: 2.2))
    }
    return Plot(
      title: "Neuromodulation adapts faster than a plain recurrent net",
      subtitle: "Reaching a moving target, return per trial, 5 seeds each",
      footnote:
        "Lines: interquartile mean over seeds of the running mean over 50 trials. "
        + "Bands: 95 % stratified bootstrap interval.",
      panels: [
        Panel(
          x: Axis("environment steps"), y: Axis("return per trial"), series: series,
          references: [
            ReferenceLine(0.12, "random"), ReferenceLine(0.15, "naive"),
            ReferenceLine(0.93, "oracle"),
          ])
      ])
  }

  /// Bars, dots, a broken line and many names in four panels.
  static var panels: Plot {
    var noise = Noise(state: 9)
    let wave = (0..<120).map { Double($0) / 20 }
    let broken = wave.map { abs($0 - 3) < 0.4 ? .nan : sin($0 * 2) * 2e-5 }
    let cloud = (0..<150).map { _ in (noise.next() * 3, noise.next()) }
    return Plot(
      title: "Every mark at once", subtitle: "Four panels share one legend",
      footnote: "Made-up numbers.",
      panels: [
        Panel(
          title: "Bars with intervals", y: Axis("return"),
          series: [
            .bars(
              "before", [0.31, 0.25, -0.12], intervals: [0.27...0.36, 0.2...0.3, -0.2 ... -0.05]),
            .bars("after", [0.82, 0.64, 0.2], intervals: [0.78...0.85, 0.6...0.69, 0.1...0.28]),
          ], references: [ReferenceLine(0.9, "oracle")],
          categories: ["NMD", "gated recurrent unit", "liquid state machine"]),
        Panel(
          title: "Dots", x: Axis("bias"), y: Axis("gain"),
          series: [
            .points("tasks", x: cloud.map(\.0), y: cloud.map { $0.0 * 40 + $0.1 * 60 + 200 })
          ]),
        Panel(
          title: "A line with a gap", x: Axis("time (s)"), y: Axis("weight"),
          series: [.line("trace", x: wave, y: broken)]),
        Panel(
          title: "One point, and nothing", x: Axis("steps"), y: Axis("loss"),
          series: [
            .line("single", x: [3_000_000], y: [12_345]), .line("none", x: [], y: []),
            .line("lost", x: [1, 2], y: [.nan, .infinity]),
          ]),
      ], columns: 2)
  }

  /// As many lines as a palette cannot tell apart without dashes.
  static var crowd: Plot {
    let x = (0..<60).map { Double($0) }
    return Plot(
      title: "Ten learners",
      panels: [
        Panel(
          x: Axis("episode"), y: Axis("return"),
          series: (0..<10).map { i in
            .line("learner \(i + 1)", x: x, y: x.map { Double(i * 40) - 300 * exp(-$0 / 18) })
          })
      ])
  }

  /// One series of bars without a legend.
  static var bars: Plot {
    Plot(
      title: "Seconds for one training step", subtitle: "Lower is better; 2 threads",
      panels: [
        Panel(
          y: Axis("seconds"), series: [.bars("step", [0.044, 0.22, 0.31])],
          categories: ["MetaRL", "PyTorch", "JAX"])
      ], width: 420)
  }

  /// Images with arrows and without axes, one of them signed.
  static var maps: Plot {
    let panels = (0..<4).map { index in
      let angle = Double(index) * .pi / 2
      let pixels = (0..<12 * 8).map { pixel -> Float in
        let (x, y) = (Double(pixel % 12) - 5.5 + 3 * cos(angle), 3.5 - Double(pixel / 12))
        let bump = exp(-(x * x + y * y) / 8)
        return Float(index == 3 ? bump - 0.3 : bump)
      }
      return Panel(
        title: "neuron \(index)", x: Axis("off by \(index)°"),
        series: [
          .image(pixels: pixels, columns: 12),
          .arrow("drive", from: SIMD2(0, 0), to: SIMD2(3 * cos(angle), 3 * sin(angle))),
        ], isMap: true)
    }
    return Plot(title: "What neurons see", panels: panels, columns: 4, width: 600)
  }

  /// A curve over three phases, one of them with a name of several lines.
  static var phases: Plot {
    let x = (0...60).map { Double($0) }
    return Plot(
      title: "A curve in three parts",
      panels: [
        Panel(
          x: Axis("step"), y: Axis("touches"),
          series: [.line("good", x: x, y: x.map { $0 < 40 ? 1 : exp(-$0 / 30) })],
          phases: [
            AxisPhase("held", in: 0...20), AxisPhase("free", in: 20...50),
            AxisPhase("held again, targets swapped", in: 50...60),
          ])
      ])
  }

  /// All figures by name.
  static var all: [(name: String, plot: Plot)] {
    [
      ("learning", learning), ("panels", panels), ("crowd", crowd), ("bars", bars),
      ("maps", maps), ("phases", phases),
    ]
  }
}
