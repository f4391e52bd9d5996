// swift-tools-version: 6.2
// Albumen: one module per room of ARCHITECTURE.md, dependencies one way, top to bottom.
//
// `ALBUMEN_TARGETS=Catalog,CatalogTests swift test` builds only those targets and what they need,
// which keeps the edit-test loop on one module short.

import PackageDescription

let strict: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableExperimentalFeature("Lifetimes"),
  // Allowed because this is a root package; lets generic leaf code specialise across modules.
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

/// A Swift module of the engine.
func module(
  _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

/// For modules whose tests compare tens of thousands of results: optimised in debug builds too, where
/// they would run a hundred times as long. Every check but `assert` stays.
let optimised: [SwiftSetting] = [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// An executable: argument parsing and wiring only.
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A thin C shim. `_GNU_SOURCE` opens the Linux calls glibc hides by default.
///
/// `headers` are directories of library headers outside of the compiler's own search path; those
/// that do not exist (the other architectures') are ignored.
func shim(
  _ name: String, _ dependencies: [Target.Dependency] = [], libraries: [String] = [],
  headers: [String] = [], flags: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies,
    cSettings: [
      .define("_GNU_SOURCE"),
      .unsafeFlags(["-Wall", "-Wextra", "-Werror", "-fvisibility=default"]),
      .unsafeFlags(headers.flatMap { ["-isystem", $0] } + flags),
    ],
    linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// Tests and their helpers: warnings are errors, but unsafe expressions need no mark.
let testSettings: [SwiftSetting] = [
  .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
  .enableExperimentalFeature("Lifetimes"),
]

/// The tests of a module; `TestSupport` holds what all of them share.
func tests(
  _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    swiftSettings: testSettings + settings)
}

var targets: [Target] = []

// Foundations.
targets += [
  shim("CLinux"),
  module("Platform", ["CLinux"]),
  module("Media"),
  .target(name: "TestSupport", dependencies: ["Platform"], swiftSettings: testSettings),
  tests("Platform"), tests("Media"),
]

// The budget.
targets += [
  module("MemoryBudget", ["Platform", "CLinux"]),
  tests("MemoryBudget", ["Platform"]),
  .executableTarget(
    name: "memory-budget-benchmark", dependencies: ["MemoryBudget", "Platform"],
    path: "Benchmarks/MemoryBudget", swiftSettings: strict),
]

// Pixels: rasters and what is done to them. Links no codec, so every process may use it.
targets += [
  shim("CResampler"),
  module("Pixels", ["Platform", "Media", "CResampler"]),
  tests("Pixels", ["Media"]),
]

// Formats: what untrusted bytes say. Linked by workers only, the libraries of single formats by two
// kinds of them, the general ones by the full kind.
targets += [
  shim("CXXHash", libraries: ["xxhash"]),
  shim("CZlib", libraries: ["z"]),
  shim(
    "CGExiv2", libraries: ["gexiv2", "exiv2", "gobject-2.0", "glib-2.0", "stdc++"],
    headers: ["/usr/include/glib-2.0"]
      + ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/glib-2.0/include" }),
  shim(
    "CVips", libraries: ["vips", "gobject-2.0", "glib-2.0"],
    headers: ["/usr/include/glib-2.0"]
      + ["x86_64", "aarch64"].map { "/usr/lib/\($0)-linux-gnu/glib-2.0/include" }),
  shim("CTurboJPEG", libraries: ["jpeg"]),
  shim("CPNG", libraries: ["png16"]),
  shim("CWebP", libraries: ["webp"]),
  shim("CTIFF", libraries: ["tiff"]),
  // Not a shim but a kernel: its loops over lanes must be unrolled, in debug builds too.
  shim("CJPEGLanes", flags: ["-O3"]),
  shim(
    "COpenEXR", libraries: ["OpenEXRCore", "OpenEXR", "Iex", "stdc++"],
    headers: ["/usr/include/OpenEXR", "/usr/include/Imath"]),
  shim("CHEIFCodecs", libraries: ["de265", "dav1d"]),
  shim("CJPEGXL", libraries: ["jxl"]),
  shim("CLittleCMS", libraries: ["lcms2"]),
  shim("CLibRaw", libraries: ["raw", "stdc++"]),
  shim("CAVPoster", libraries: ["avformat", "avcodec", "swscale", "avutil"]),
  module(
    "Formats",
    [
      "Platform", "Media", "Pixels", "CXXHash", "CZlib", "CTurboJPEG", "CJPEGLanes",
      "CPNG", "CWebP", "CTIFF", "CLittleCMS",
    ]),
  module(
    "PictureCodecs",
    [
      "Formats", "Platform", "Media", "Pixels", "CHEIFCodecs", "CJPEGXL", "COpenEXR", "CLibRaw",
    ]),
  module(
    "Codecs",
    [
      "PictureCodecs", "Formats", "Platform", "Media", "Pixels", "CGExiv2", "CVips", "CAVPoster",
    ]),
  // libjpeg-turbo as the yardstick of the decoder of our own: for tests, benchmarks, fuzzing.
  shim("CJPEGReference", libraries: ["jpeg"]),
  tests(
    "Formats", ["PictureCodecs", "Codecs", "Platform", "Media", "Pixels", "CJPEGReference"]),
  .executableTarget(
    name: "jpeg-eighth-benchmark",
    dependencies: ["Formats", "Media", "Pixels", "Platform", "CJPEGReference"],
    path: "Benchmarks/JPEGEighth", swiftSettings: strict),
]

// What the counts of instructions are taken of.
targets.append(
  .executableTarget(
    name: "counts-benchmark",
    dependencies: ["Formats", "Media", "MemoryBudget", "Pixels", "Platform"],
    path: "Benchmarks/Counts", swiftSettings: strict))

// Workers: what confines them, what they say, who runs them.
targets += [
  shim("CSandbox", libraries: ["seccomp"]),
  module("WorkerProtocol", ["CLinux", "CSandbox", "Platform", "Media", "Pixels"]),
  module("WorkerRuntime", ["CLinux", "CSandbox", "Platform", "Media", "Pixels", "WorkerProtocol"]),
  module(
    "DecodeJobs", ["Formats", "Platform", "Media", "Pixels", "WorkerProtocol", "WorkerRuntime"]),
  program("albumen-worker", ["DecodeJobs", "Formats", "WorkerRuntime"]),
  program("albumen-worker-picture", ["DecodeJobs", "PictureCodecs", "WorkerRuntime"]),
  program(
    "albumen-worker-full", ["DecodeJobs", "Codecs", "Formats", "Media", "WorkerRuntime"]),
  module(
    "WorkerPool",
    ["CLinux", "CSandbox", "Platform", "Media", "Pixels", "MemoryBudget", "WorkerProtocol"]),
  program(
    "worker-fixture",
    ["CLinux", "CSandbox", "Platform", "Media", "Pixels", "WorkerProtocol", "WorkerRuntime"]),
  tests("WorkerProtocol", ["CSandbox", "Platform", "Media", "Pixels"]),
  tests(
    "WorkerRuntime",
    ["Platform", "albumen-worker", "albumen-worker-picture", "albumen-worker-full"]),
  tests(
    "WorkerPool",
    [
      "Platform", "Media", "Pixels", "MemoryBudget", "Formats", "Codecs", "albumen-worker",
      "albumen-worker-picture", "albumen-worker-full", "worker-fixture",
    ]),
]

// Scanning: what is on the disk, and what of it is new.
targets += [
  shim("CScan"),
  module(
    "Scanning",
    [
      "CLinux", "CScan", "Platform", "Media", "MemoryBudget", "WorkerProtocol", "WorkerPool",
      "Catalog",
    ]),
  tests("Scanning", ["Platform", "Media", "MemoryBudget", "WorkerProtocol", "Catalog"]),
]

// The catalog.
targets += [
  shim("CSQLite", libraries: ["sqlite3"]),
  shim("CUTF8Proc", libraries: ["utf8proc"]),
  module("Catalog", ["CSQLite", "CUTF8Proc", "MemoryBudget", "Media", "Platform"]),
  tests("Catalog", ["CSQLite", "MemoryBudget", "Media", "Platform"]),
  .executableTarget(
    name: "catalog-benchmark", dependencies: ["Catalog", "MemoryBudget", "Media", "Platform"],
    path: "Benchmarks/Catalog", swiftSettings: strict),
]

// Search: bitmaps over tags and facets, and the language that asks them.
targets += [
  // Not a shim but kernels, as CJPEGLanes is.
  shim("CSearchKernels", flags: ["-O3"]),
  module(
    "Search",
    ["CSearchKernels", "CUTF8Proc", "CXXHash", "Catalog", "MemoryBudget", "Media", "Platform"],
    settings: optimised),
  tests("Search", ["Catalog", "MemoryBudget", "Media", "Platform"], settings: optimised),
  .executableTarget(
    name: "search-benchmark", dependencies: ["Search", "Catalog", "MemoryBudget", "Platform"],
    path: "Benchmarks/Search", swiftSettings: strict),
]

// Tags in files: sidecars, tables, documents, in and out.
targets += [
  module(
    "TagExchange",
    ["Catalog", "WorkerPool", "WorkerProtocol", "MemoryBudget", "Media", "Platform"]),
  tests("TagExchange", ["Catalog", "MemoryBudget", "Media", "Platform"]),
]

// The three tiers of thumbnails.
targets += [
  module("Thumbnails", ["Catalog", "MemoryBudget", "Media", "Pixels", "Platform"]),
  tests("Thumbnails", ["Catalog", "MemoryBudget", "Media", "Pixels", "Platform"]),
  .executableTarget(
    name: "tiers-benchmark",
    dependencies: ["Thumbnails", "Catalog", "MemoryBudget", "Media", "Pixels", "Platform"],
    path: "Benchmarks/Tiers", swiftSettings: strict),
]

// The façade and the server.
targets += [
  module(
    "Library",
    [
      "Search", "Thumbnails", "Scanning", "Catalog", "WorkerPool", "WorkerProtocol", "MemoryBudget",
      "Pixels", "Media", "Platform", "CLinux",
    ]),
  tests(
    "Library",
    [
      "Thumbnails", "Scanning", "Catalog", "WorkerPool", "MemoryBudget", "Media", "Platform",
      "albumen-worker", "albumen-worker-picture", "albumen-worker-full",
    ]),
  shim("CMicrohttpd", libraries: ["microhttpd"]),
  module(
    "Server",
    [
      "Library", "Search", "Thumbnails", "Scanning", "Catalog", "WorkerPool", "CMicrohttpd",
      "MemoryBudget", "Media", "Platform",
    ]),
  tests(
    "Server",
    [
      "Library", "Catalog", "MemoryBudget", "Media", "Platform", "albumen-worker",
      "albumen-worker-picture", "albumen-worker-full",
    ]),
]

// The command line.
targets += [
  module(
    "Commands",
    [
      "CLinux", "Platform", "Media", "MemoryBudget", "Pixels", "WorkerProtocol", "WorkerPool",
      "Catalog",
      "Search", "Scanning", "TagExchange", "Thumbnails", "Library", "Server",
    ]),
  .executableTarget(name: "albumen", dependencies: ["Commands"], swiftSettings: strict),
  tests("Commands", ["Platform"]),
]

if let wanted = Context.environment["ALBUMEN_TARGETS"] {
  var needed: Set<String> = []
  func need(_ name: String) {
    guard needed.insert(name).inserted, let target = targets.first(where: { $0.name == name })
    else { return }
    for dependency in target.dependencies {
      switch dependency {
      case .targetItem(let name, _), .byNameItem(let name, _): need(name)
      default: break
      }
    }
  }
  for name in wanted.split(separator: ",") { need(String(name)) }
  targets.removeAll { !needed.contains($0.name) }
}

let package = Package(
  name: "albumen",
  targets: targets,
  swiftLanguageModes: [.v6]
)
