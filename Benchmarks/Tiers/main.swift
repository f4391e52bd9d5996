import Catalog
import Media
import MemoryBudget
import Pixels
import Platform
import Thumbnails

/// `LIB` prints one line of JSON: the latencies of thumbnails from memory and from the disk, in
/// nanoseconds a call. All thumbnails of the library must be made (`albumen thumbs LIB`).
let arguments = CommandLine.arguments.dropFirst()
guard let directory = arguments.first else {
  print("usage: tiers-benchmark LIB")
  throw Refusal()
}

/// Nothing is to be made here: a thumbnail that is missing ends the measurement.
struct Refusal: Error {}
struct NoRenderer: ThumbnailRenderer {
  func render(
    _ file: OpenFile, probe: Probe, request: RenderRequest, priority: ThumbnailPriority
  ) async throws -> RenderResult { throw Refusal() }
}

let budget = MemoryBudget(byteLimit: 512 << 20)
let catalog = try await Catalog.open(directory: FilePath(directory), budget: budget)
let assets = try await catalog.needsThumbnail(
  after: nil, limit: 500, retryBefore: 0, includingMade: true)
guard !assets.isEmpty else { throw Refusal() }

/// Latencies of `count` calls, each on another asset, sorted.
func latencies(count: Int, _ body: (PendingAsset) async throws -> Void) async throws -> [UInt64] {
  var samples: [UInt64] = []
  samples.reserveCapacity(count)
  for number in 0..<count {
    let asset = assets[number &* 7919 % assets.count]
    let begun = monotonicNanoseconds()
    try await body(asset)
    samples.append(monotonicNanoseconds() - begun)
  }
  return samples.sorted()
}

/// A store whose memory holds everything, or nothing.
func store(memoryShare: Double) async throws -> ThumbnailStore {
  var options = ThumbnailOptions()
  options.memoryShare = memoryShare
  return try await ThumbnailStore(
    directory: FilePath(directory), catalog: catalog, renderer: NoRenderer(), options: options,
    budget: MemoryBudget(byteLimit: 512 << 20))
}

let warm = try await store(memoryShare: 0.5)
for asset in assets {
  _ = try await warm.thumbnail(asset.id, size: .small, version: asset.version)
}
let memory = try await latencies(count: 200_000) { asset in
  guard warm.cachedThumbnail(asset.id, size: .small, version: asset.version) != nil else {
    throw Refusal()
  }
}
let memoryHits = warm.statistics().memoryHits
// Before the next one opens: two writers of one file can be in each other's way.
await warm.close()
// No thumbnail fits the memory tier, so each comes from the disk.
let cold = try await store(memoryShare: 0.00001)
func read(_ asset: PendingAsset) async throws {
  _ = try await cold.thumbnail(asset.id, size: .small, version: asset.version)
}
_ = try await latencies(count: assets.count, read)
let disk = try await latencies(count: 10_000, read)

var json = JSONWriter()
json.object { json in
  let tiers: [(StaticString, [UInt64])] = [("l1", memory), ("l2", disk)]
  for (name, samples) in tiers {
    json.object(name) { json in
      json.member("p50", Int(samples[samples.count / 2]))
      json.member("p99", Int(samples[samples.count * 99 / 100]))
    }
  }
  json.member("l1Hits", memoryHits)
  json.member("l2Hits", cold.statistics().diskHits)
}
print(String(decoding: json.bytes, as: UTF8.self))
await cold.close()
