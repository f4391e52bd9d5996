import Catalog
import Library
import Media
import MemoryBudget
import Platform
import Scanning
import Search

/// The shapes of the API, in one place. `docs/openapi.json` describes them; a test compares.
extension JSONWriter {
  /// What one asset may take: names of 255 bytes of which each may be escaped, and the rest.
  static let assetByteCount = 1024

  /// Writes the members every asset has.
  mutating func assetMembers(_ asset: AssetSummary) {
    member("id", asset.id.rawValue)
    member("name", asset.name)
    member("folderId", asset.folder.rawValue)
    member("format", asset.format?.name)
    member("kind", asset.kind == .video ? "video" : "image")
    member("width", asset.width)
    member("height", asset.height)
    member("capturedAt", asset.captureTime?.iso8601)
    member("addedAt", Self.time(milliseconds: asset.addedMilliseconds))
    member("byteCount", asset.byteCount)
    member("rating", asset.rating)
    member("durationMs", asset.durationMilliseconds)
    member("frameCount", asset.frameCount)
    member("version", asset.version.description)
    member("placeholder", asset.placeholder.map { base64($0) })
    member("state", asset.state.name)
    member("reason", asset.failure?.failure.message)
    if let position = asset.position {
      member("latitude", position.latitude)
      member("longitude", position.longitude)
    }
  }

  /// Writes how a scan is.
  mutating func scanMembers(_ scan: ScanProgress) {
    member("state", scan.state.rawValue)
    member("discovered", scan.discovered)
    member("probed", scan.probed)
    member("added", scan.added)
    member("changed", scan.changed)
    member("moved", scan.moved)
    member("missing", scan.missing)
    member("failed", scan.failed)
    member("unchanged", scan.unchanged)
    member("filesPerSecond", scan.filesPerSecond.rounded())
    member("elapsedMs", scan.elapsedMilliseconds)
    member("current", scan.current?.description)
    member("total", scan.total)
  }

  /// Writes how many assets there are.
  mutating func countMembers(_ counts: AssetCounts) {
    member("assets", counts.assets)
    member("images", counts.images)
    member("videos", counts.videos)
    member("broken", counts.broken)
    member("missing", counts.missing)
  }

  /// Writes what all processes use.
  mutating func memoryMembers(_ report: MemoryReport, _ tiers: LibraryTiers, jobs: [Int32: String])
  {
    member("limit", report.ledger.limit)
    member("pss", report.pss)
    member("ledger", report.ledger.used)
    member("unaccounted", report.unaccounted)
    array("accounts") { json in
      for account in report.ledger.accounts {
        json.object { json in
          json.member("name", account.name)
          json.member("bytes", account.bytes)
          json.member("peak", account.peak)
          json.member("floor", account.floor)
          json.member("limit", account.limit)
          json.member("hits", account.hits)
          json.member("misses", account.misses)
          json.member("evictions", account.evictions)
        }
      }
    }
    array("processes") { json in
      for process in report.processes {
        json.object { json in
          json.member("pid", process.identifier)
          json.member("role", process.role)
          json.member("pss", process.pss)
          json.member("job", jobs[process.identifier])
        }
      }
    }
    object("tiers") { json in
      let statistics = tiers.thumbnails
      json.object("l1") { json in
        json.member("hits", statistics.memoryHits)
        json.member("misses", statistics.memoryMisses)
        json.member("bytes", statistics.memoryByteCount)
      }
      json.object("l2") { json in
        json.member("hits", statistics.diskHits)
        json.member("misses", statistics.diskMisses)
        json.member("bytes", statistics.diskByteCount)
      }
      json.object("l3") { json in
        json.member("made", statistics.made)
        json.member("failed", statistics.failed)
        json.member("pending", statistics.pending)
      }
    }
    member("waiting", report.ledger.waiting)
    object("pressure") { json in
      json.member("source", report.pressure.source)
      json.member("count", report.pressure.count)
      json.member("freed", report.pressure.freedByteCount)
    }
    array("history") { json in
      for sample in report.history {
        json.object { json in
          json.member("t", Self.time(milliseconds: sample.milliseconds))
          json.member("pss", sample.pss)
        }
      }
    }
  }

  /// A result and how to ask for more of it.
  mutating func resultMembers(_ result: SearchResult, token: String) {
    let snapshot = result.snapshot
    member("token", token)
    member("count", snapshot.count)
    member("sort", snapshot.query.sort.name)
    member("order", snapshot.query.ascending ? "asc" : "desc")
    member("changeNumber", snapshot.changeNumber)
    member("orderedBy", result.orderedBy)
    array("didYouMean") { json in for name in result.didYouMean { json.string(name) } }
  }

  /// Where each month of a result begins.
  mutating func timelineMembers(_ snapshot: ResultSnapshot) {
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September",
      "October", "November", "December",
    ]
    array("buckets") { json in
      for bucket in snapshot.timeline {
        json.object { json in
          json.member("key", bucket.key)
          json.member("label", "\(months[bucket.month - 1]) \(bucket.year)")
          json.member("position", bucket.position)
          json.member("count", bucket.count)
        }
      }
    }
    key("undated")
    if snapshot.undated.isEmpty {
      null()
    } else {
      object { json in
        json.member("position", snapshot.undated.lowerBound)
        json.member("count", snapshot.undated.count)
      }
    }
  }

  /// UTC, RFC 3339.
  static func time(milliseconds: Int64) -> String {
    CaptureTime(wallMilliseconds: milliseconds, offsetMinutes: 0).iso8601
  }
}

/// Base64 (RFC 4648, section 4), for bytes inside of JSON.
func base64(_ bytes: [UInt8]) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  return unsafe String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
    var written = 0
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let count = min(3, bytes.count - start)
      var group = UInt32(bytes[start]) << 16
      if count > 1 { group |= UInt32(bytes[start + 1]) << 8 }
      if count > 2 { group |= UInt32(bytes[start + 2]) }
      for index in 0..<4 {
        let digit = alphabet[Int(group >> UInt32(18 - index * 6)) & 63]
        unsafe text[written] = index <= count ? digit : UInt8(ascii: "=")
        written += 1
      }
    }
    return written
  }
}
