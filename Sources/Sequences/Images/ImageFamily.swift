/// Data sets of grey images of ten classes in the files of MNIST.
enum ImageFamily: String, CaseIterable {
  case mnist
  case fashionMNIST = "fashion-mnist"

  static let classes = 10

  /// One sentence on what is to be learned.
  var summary: String {
    switch self {
    case .mnist: "Classify handwritten digits shown step by step."
    case .fashionMNIST: "Classify pictures of clothes shown step by step."
    }
  }

  private var title: String {
    switch self {
    case .mnist: "MNIST"
    case .fashionMNIST: "Fashion-MNIST"
    }
  }

  private var remedy: String {
    switch self {
    case .mnist:
      "Get train-images-idx3-ubyte.gz and its three companions, or use the task fashion-mnist, which "
        + "Debian packages."
    case .fashionMNIST: "Install it with: apt-get install dataset-fashion-mnist."
    }
  }

  /// Where the files may lie.
  func location(configured: String) -> DataLocation {
    DataLocation(
      title: title, configured: configured, directory: rawValue,
      systemDirectories: ["/usr/share/datasets/\(rawValue)"], remedy: remedy)
  }

  /// The images of the training or the test file.
  ///
  /// - Throws: ``DataSetError`` where files are missing or damaged.
  func images(test: Bool, configured: String) throws -> LabelledImages {
    let prefix = test ? "t10k" : "train"
    let location = location(configured: configured)
    let images = Self.spellings("\(prefix)-images", "idx3-ubyte")
    let directory = try location.directory(containing: images)
    return try LabelledImages(
      images: location.path(of: images, in: directory),
      labels: location.path(of: Self.spellings("\(prefix)-labels", "idx1-ubyte"), in: directory),
      classes: Self.classes)
  }

  /// The names in circulation, compressed or not.
  private static func spellings(_ name: String, _ kind: String) -> [String] {
    ["\(name)-\(kind).gz", "\(name)-\(kind)", "\(name).\(kind).gz", "\(name).\(kind)"]
  }
}
