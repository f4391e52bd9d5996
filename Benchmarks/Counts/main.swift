import Formats
import Glibc
import Media
import MemoryBudget
import Pixels
import Platform

/// The work whose instructions are counted, so many times, on one thread and without workers:
/// - `probe N FILE…` reads the header of each file, which is in memory.
/// - `thumbnail N FILE…` makes a thumbnail of 256 pixels of each file, from its descriptor.
/// - `hit N` finds a value in a cache of a thousand.
let words = Array(CommandLine.arguments.dropFirst())
guard words.count >= 2, let times = Int(words[1]), times >= 0 else {
  print("usage: counts-benchmark probe N FILE… | thumbnail N FILE… | hit N")
  exit(2)
}
switch words[0] {
case "probe":
  let contents = try words[2...].map { path in
    let file = try FileDescriptor.open(FilePath(path), flags: O_RDONLY)
    return BytesSource(try file.read(at: 0, count: 64 << 10))
  }
  for _ in 0..<times {
    for source in contents { _ = try Formats.probe(source) }
  }
case "thumbnail":
  for path in words[2...] {
    let file = try FileDescriptor.open(FilePath(path), flags: O_RDONLY)
    let probe = try Formats.probe(DescriptorSource(borrowing: file.rawValue))
    let request = RenderRequest(maxPixelSizes: [256], reservedByteCount: 64 << 20)
    for _ in 0..<times {
      guard try Formats.renderAlone(file, probe: probe, request: request) != nil else {
        print("\(path) is not decoded without the big libraries")
        exit(1)
      }
    }
  }
case "hit":
  let budget = MemoryBudget(byteLimit: 64 << 20)
  let cache = ByteCache<Int, [UInt8]>(
    account: budget.account("cache", recreationCost: .decode), budget: budget)
  for key in 0..<1000 { cache.insert([], byteCount: 16_000, forKey: key) }
  for number in 0..<times where cache.value(forKey: number &* 7919 % 1000) == nil {
    fatalError("the cache lost an entry that fits")
  }
default:
  print("there is no work called \(words[0])")
  exit(2)
}
