import SwiftProtobuf

/// The bytes of single records of an event file.
enum EventRecord {
  /// What every event file begins with.
  static func fileVersion(wallTime: Double) -> [UInt8] {
    encoded(
      .with {
        $0.wallTime = wallTime
        $0.fileVersion = "brain.Event:2"
      })
  }

  /// The numbers of a step, in the order given.
  static func scalars(
    _ scalars: [(tag: String, value: Double)], step: Int, wallTime: Double
  ) -> [UInt8] {
    encoded(
      .with { event in
        event.wallTime = wallTime
        event.step = Int64(step)
        event.summary.value = scalars.map { scalar in
          .with {
            $0.tag = scalar.tag
            $0.simpleValue = Float(scalar.value)
          }
        }
      })
  }

  private static func encoded(_ event: Tensorflow_Event) -> [UInt8] {
    do {
      return TFRecord.framed(try event.serializedBytes())
    } catch {
      preconditionFailure("an event without required fields always encodes: \(error)")
    }
  }
}
