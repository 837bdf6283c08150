// swift-tools-version: 6.2
import PackageDescription

/// Settings every Swift target shares: language mode 6 comes from the manifest's last line.
let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A Swift target of this package with the shared settings.
func module(
  _ name: String, _ dependencies: [Target.Dependency], excluding exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, swiftSettings: swiftSettings)
}

/// A test target for `module`; it sees the module through its public interface only, so that the
/// numeric tests run in the release configuration.
func tests(_ module: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: module + "Tests", dependencies: [.byName(name: module)] + dependencies,
    swiftSettings: swiftSettings)
}

let package = Package(
  name: "MetaRL",
  products: [
    .executable(name: "metarl", targets: ["metarl"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
  ],
  targets: [
    // System libraries and C kernels.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .target(name: "CKernels"),

    // Floor 0
    module("Configuration", []),
    module("Tensor", ["CKernels", "COpenBLAS"]),
    // Floor 2
    module("Envs", ["Tensor", "Configuration", "CKernels"]),
    // Floor 3
    module("Agents", ["Envs", "Tensor", "Configuration"]),
    module("Render", ["CCairo"]),
    // Floor 4
    module(
      "Experiments",
      ["Render", "Tensor", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
      excluding: ["TensorBoard/Protobuf/event.proto"]),
    // Floor 5
    .executableTarget(name: "metarl", dependencies: ["Tensor"], swiftSettings: swiftSettings),

    tests("Tensor"),
    tests("Render"),
    tests("Experiments", ["Render", "Tensor"]),
  ],
  swiftLanguageModes: [.v6]
)
