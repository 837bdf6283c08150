// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "CustomEnvironment",
  dependencies: [
    // Outside this repository: .package(url: "…", from: "…")
    .package(name: "MetaRL", path: "../..")
  ],
  targets: [
    .target(name: "Ferry", dependencies: [.product(name: "MetaRL", package: "MetaRL")]),
    .executableTarget(
      name: "ferry-lab", dependencies: ["Ferry", .product(name: "MetaRL", package: "MetaRL")]),
    .testTarget(
      name: "FerryTests",
      dependencies: ["Ferry", .product(name: "MetaRLTesting", package: "MetaRL")]),
  ],
  swiftLanguageModes: [.v6]
)
