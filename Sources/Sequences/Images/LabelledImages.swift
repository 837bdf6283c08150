/// Grey images of one size with a class each.
struct LabelledImages: Sendable {
  /// Rows of an image.
  let height: Int
  /// Pixels of a row.
  let width: Int
  /// The classes.
  let labels: [UInt8]
  /// Image after image, row after row; 0 black, 255 white.
  let pixels: [UInt8]

  var count: Int { labels.count }

  /// Pixels of an image.
  var size: Int { height * width }

  /// Reads images and labels.
  ///
  /// - Throws: ``DataSetError`` where a file is damaged or the two do not belong together.
  init(images: String, labels labelPath: String, classes: Int) throws {
    let pixels = try IDX(contentsOf: images, dimensions: 3)
    let labels = try IDX(contentsOf: labelPath, dimensions: 1)
    guard pixels.sizes[0] == labels.sizes[0] else {
      throw DataSetError.damaged(
        labelPath, "has \(labels.sizes[0]) labels for the \(pixels.sizes[0]) images of \(images)")
    }
    guard pixels.sizes[1] > 0, pixels.sizes[2] > 0 else {
      throw DataSetError.damaged(images, "has images without pixels")
    }
    if let wrong = labels.values.first(where: { $0 >= classes }) {
      throw DataSetError.damaged(labelPath, "has a label \(wrong), there are \(classes) classes")
    }
    self.init(
      height: pixels.sizes[1], width: pixels.sizes[2], labels: labels.values, pixels: pixels.values)
  }

  init(height: Int, width: Int, labels: [UInt8], pixels: [UInt8]) {
    self.height = height
    self.width = width
    self.labels = labels
    self.pixels = pixels
  }

  /// One image.
  subscript(index: Int) -> Image {
    Image(height: height, width: width, pixels: pixels, first: index * size)
  }

  /// The images with means of `factor × factor` pixels as pixels, rounded to whole grey levels.
  func pooled(by factor: Int) -> LabelledImages {
    guard factor > 1 else { return self }
    let (rows, columns) = (height / factor, width / factor)
    var pooled: [UInt8] = []
    pooled.reserveCapacity(count * rows * columns)
    for image in 0..<count {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0
          for y in row * factor..<(row + 1) * factor {
            for x in column * factor..<(column + 1) * factor {
              sum += Int(pixels[image * size + y * width + x])
            }
          }
          pooled.append(UInt8((sum + factor * factor / 2) / (factor * factor)))
        }
      }
    }
    return LabelledImages(height: rows, width: columns, labels: labels, pixels: pooled)
  }

  /// The images with pixel `order[i]` at place i.
  func permuted(by order: [Int]) -> LabelledImages {
    guard order != Array(0..<size) else { return self }
    let permuted = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, initialized in
      for image in 0..<count {
        for (place, pixel) in order.enumerated() {
          buffer[image * size + place] = pixels[image * size + pixel]
        }
      }
      initialized = pixels.count
    }
    return LabelledImages(height: height, width: width, labels: labels, pixels: permuted)
  }
}

/// One grey image, as encodings see it.
public struct Image: Sendable {
  /// Rows.
  public let height: Int
  /// Pixels of a row.
  public let width: Int
  private let pixels: [UInt8]
  private let first: Int

  /// The image of the given pixels, row after row; 0 black, 255 white.
  public init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(pixels.count == height * width, "an image of \(height) × \(width) pixels")
    self.init(height: height, width: width, pixels: pixels, first: 0)
  }

  fileprivate init(height: Int, width: Int, pixels: [UInt8], first: Int) {
    self.height = height
    self.width = width
    self.pixels = pixels
    self.first = first
  }

  /// Pixels in total.
  public var count: Int { height * width }

  /// Pixel `index`, 0 black to 1 white, row after row.
  public subscript(index: Int) -> Float { Float(pixels[first + index]) / 255 }
}
