import Glibc

/// The share of attractors that a set of n states has reached: 1 where each is alone in its own, 1/n
/// where all have met.
///
/// ```
/// VAA  = 1/n Σᵢ 1 / #{ j : ‖hᵢ − hⱼ‖ < ε }
/// VAA* = 1/n Σᵢ 1 / Σⱼ Cᵢⱼ
/// Cᵢⱼ  = 1 − max(dᵢⱼ − ε, 0) / (dᵢⱼ + 10⁻⁶)       dᵢⱼ = ‖tanh hᵢ − tanh hⱼ‖
/// ```
///
/// The states are those after many steps under a constant input. VAA* has a derivative. States are
/// `[rows × width]`, n = rows; ε is `distance`.
///
/// Source: G. Lambrechts et al., "Warming up recurrent neural networks to maximise reachable multistability
/// greatly improves learning", Neural Networks, 2023, arXiv 2106.01001.
public enum VariabilityAmongAttractors {
  /// VAA.
  public static func counted(_ states: [Float], rows: Int, distance: Double) -> Double {
    let width = states.count / rows
    var neighbours = [Int](repeating: 1, count: rows)
    for i in 0..<rows {
      for j in 0..<i {
        var square = 0.0
        for k in 0..<width {
          let difference = Double(states[i * width + k]) - Double(states[j * width + k])
          square += difference * difference
        }
        guard square < distance * distance else { continue }
        neighbours[i] += 1
        neighbours[j] += 1
      }
    }
    return neighbours.reduce(0) { $0 + 1 / Double($1) } / Double(rows)
  }

  /// VAA*, and its derivative by each number of the states.
  public static func smooth(
    _ states: [Float], rows: Int, distance: Double
  ) -> (value: Double, gradient: [Double]) {
    let width = states.count / rows
    let bounded = states.map { tanh(Double($0)) }
    var distances = [Double](repeating: 0, count: rows * rows)
    var sums = [Double](repeating: 1, count: rows)
    for i in 0..<rows {
      for j in 0..<i {
        var square = 0.0
        for k in 0..<width {
          let difference = bounded[i * width + k] - bounded[j * width + k]
          square += difference * difference
        }
        let d = square.squareRoot()
        distances[i * rows + j] = d
        let closeness = 1 - max(d - distance, 0) / (d + tiny)
        sums[i] += closeness
        sums[j] += closeness
      }
    }
    var gradient = [Double](repeating: 0, count: states.count)
    let shares = sums.map { 1 / ($0 * $0 * Double(rows)) }
    for i in 0..<rows {
      for j in 0..<i {
        let d = distances[i * rows + j]
        guard d > distance else { continue }
        let slope = (shares[i] + shares[j]) * (distance + tiny) / ((d + tiny) * (d + tiny) * d)
        for k in 0..<width {
          let pull = slope * (bounded[i * width + k] - bounded[j * width + k])
          gradient[i * width + k] += pull
          gradient[j * width + k] -= pull
        }
      }
    }
    for index in gradient.indices { gradient[index] *= 1 - bounded[index] * bounded[index] }
    return (sums.reduce(0) { $0 + 1 / $1 } / Double(rows), gradient)
  }

  /// Keeps Cᵢⱼ finite where states meet.
  private static let tiny = 1e-6
}
