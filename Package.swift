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
    .executable(name: "metarl", targets: ["metarl"]),
    .library(name: "MetaRL", targets: ["MetaRL"]),
    .library(name: "MetaRLTesting", targets: ["MetaRLTesting"]),
  ],
  traits: [
    .trait(name: "Viewer", description: "The live window, which needs SDL2."),
    .default(enabledTraits: ["Viewer"]),
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
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // Without pkg-config, whose flags for SDL2 the package manager refuses with a warning.
    .systemLibrary(name: "CSDL2", providers: [.apt(["libsdl2-dev"])]),
    // Machine code for elementwise groups is written with asmjit (libasmjit-dev).
    .target(name: "CKernels", linkerSettings: [.linkedLibrary("asmjit")]),

    // Floor 0
    module("Configuration", []),
    module("Scenes", []),
    module("Tensor", ["CKernels", "COpenBLAS", "Configuration"]),
    // Floor 1
    module("Autodiff", ["Tensor", "CKernels"]),
    // Floor 2
    module("NeuroMod", ["Autodiff", "Tensor", "Configuration", "CKernels"]),
    module("Envs", ["Tensor", "Configuration", "Scenes", "CKernels"]),
    // Floor 3
    module("Sequences", ["Envs", "Tensor", "Configuration", "CZlib"]),
    module(
      "Render",
      ["Scenes", "CCairo", .target(name: "CSDL2", condition: .when(traits: ["Viewer"]))]),
    // Floor 4
    module(
      "Agents",
      [
        "NeuroMod", "Envs", "Sequences", "Scenes", "Autodiff", "Tensor", "Configuration",
        "CKernels",
      ]),
    // Floor 5
    module(
      "Experiments",
      [
        "Agents", "NeuroMod", "Envs", "Sequences", "Autodiff", "Tensor", "Configuration",
        "CKernels", "COpenBLAS", "Render", "Scenes",
        .product(name: "SwiftProtobuf", package: "swift-protobuf"),
      ], excluding: ["TensorBoard/Protobuf/event.proto"]),
    // Floor 6
    module(
      "Command",
      [
        "Experiments", "Agents", "NeuroMod", "Envs", "Sequences", "Autodiff", "Tensor",
        "Configuration", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // What other packages import, and the program.
    module(
      "MetaRL",
      [
        "Command", "Experiments", "Render", "Agents", "NeuroMod", "Envs", "Sequences", "Scenes",
        "Autodiff",
        "Tensor", "Configuration",
      ]),
    // What other packages import to test their environments, cells, networks and rules.
    module(
      "MetaRLTesting", ["NeuroMod", "Envs", "Sequences", "Autodiff", "Tensor", "Configuration"]),
    .executableTarget(name: "metarl", dependencies: ["MetaRL"], swiftSettings: swiftSettings),

    // What `make bench` measures, and the counters it measures with.
    .target(name: "CProbes", path: "benchmarks/Probes"),
    .executableTarget(
      name: "benchmark",
      dependencies: [
        "Agents", "NeuroMod", "Envs", "Sequences", "Autodiff", "Tensor", "Configuration",
        "CKernels", "CProbes",
      ], path: "benchmarks/Sources", swiftSettings: swiftSettings),

    // What tests share: a small agent with random streams and faults to order, and a command line
    // that knows it.
    .target(
      name: "TestSupport",
      dependencies: [
        "MetaRL", "Experiments", "Agents", "Envs", "Scenes", "Tensor", "Configuration",
      ],
      path: "Tests/TestSupport",
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "metarl-testbench", dependencies: ["TestSupport", "MetaRL", "Command"],
      path: "Tests/TestBench", swiftSettings: swiftSettings),

    .testTarget(
      name: "BenchmarkTests", dependencies: ["TestSupport", "benchmark"],
      swiftSettings: swiftSettings),
    tests("Configuration"),
    tests("Tensor", ["Configuration"]),
    tests(
      "Experiments",
      [
        "TestSupport", "Agents", "Envs", "Sequences", "Configuration", "Tensor", "Render", "metarl",
        "metarl-testbench",
      ]),
    tests(
      "Command",
      ["TestSupport", "Experiments", "Agents", "Configuration", "metarl", "metarl-testbench"]),
    tests("Autodiff", ["Tensor", "CKernels"]),
    tests("NeuroMod", ["Autodiff", "Envs", "Tensor", "Configuration"]),
    tests("Envs", ["Scenes", "Tensor", "Configuration"]),
    tests("Sequences", ["TestSupport", "Envs", "Autodiff", "Tensor", "Configuration"]),
    tests(
      "Render",
      [
        "Scenes", "Envs", "Tensor", "Configuration", "TestSupport",
        .target(name: "CSDL2", condition: .when(traits: ["Viewer"])),
      ]),
    tests("Agents", ["NeuroMod", "Autodiff", "Envs", "Sequences", "Tensor", "Configuration"]),
    tests(
      "MetaRLTesting", ["NeuroMod", "Autodiff", "Envs", "Sequences", "Tensor", "Configuration"]),
  ],
  swiftLanguageModes: [.v6],
  cxxLanguageStandard: .cxx20
)
