import Catalog
import Media
import Platform

/// New files as a scan brings them: folders of 500, transactions of 512.
struct Inserts {
  let count: Int

  func run(in directory: FilePath) async throws {
    let catalog = try await Catalog.open(directory: directory, budget: budget)
    let root = try await catalog.addRoot("/pictures").id
    var seconds = 0.0
    var processor = 0.0
    var next = 0
    while next < count {
      var batch = ScanBatch(root: root)
      for number in next..<min(count, next + 512) { batch.upserts.append(Self.file(number)) }
      next += batch.upserts.count
      let begun = (monotonicNanoseconds(), processorSeconds())
      let result = try await catalog.apply(batch)
      seconds += Double(monotonicNanoseconds() - begun.0) / 1e9
      processor += processorSeconds() - begun.1
      precondition(result.added == batch.upserts.count, "every file is new")
    }
    try await catalog.close()
    report([("rows", Double(count)), ("seconds", seconds), ("processorSeconds", processor)])
  }

  private static func file(_ number: Int) -> ScannedFile {
    // Anything that looks random and is the same every time.
    let mixed = UInt64(number) &* 0x9E37_79B9_7F4A_7C15
    var probe = Probe(
      format: .jpeg, storedWidth: 4000 + UInt32(mixed % 7), storedHeight: 3000)
    probe.captureTime = CaptureTime(
      wallMilliseconds: 1_100_000_000_000 + Int64(mixed % 600_000_000) * 1000, offsetMinutes: 60)
    probe.cameraMake = "NIKON CORPORATION"
    probe.cameraModel = "NIKON D\(number / 1000 % 12 * 100)"
    if number % 3 == 0 {
      probe.position = GeoPosition(
        latitude: Double(mixed % 170) - 85, longitude: Double(mixed % 350) - 175,
        altitudeMetres: nil)
    }
    let name = "IMG_\(number % 10_000).jpg"
    return ScannedFile(
      folder: Array("\(2000 + number / 60_000)/\(number / 500)".utf8), name: Array(name.utf8),
      byteCount: Int64(3_000_000 + mixed % 1_000_000),
      modifiedNanoseconds: 1_600_000_000_000_000_000 + Int64(number) * 1_000_003,
      inode: UInt64(number + 100), probe: probe,
      fingerprint: Fingerprint(high: mixed, low: mixed &* 31))
  }
}
