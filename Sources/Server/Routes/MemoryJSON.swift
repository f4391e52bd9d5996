import Library
import Platform

/// The ledger against the measured memory, as `/api/v1/memory` tells it.
public enum MemoryJSON {
  /// One object, e.g. for a file that is read like an answer.
  public static func object(
    _ report: MemoryReport, _ tiers: LibraryTiers, jobs: [Int32: String]
  ) -> JSONWriter {
    var json = JSONWriter()
    json.object { $0.memoryMembers(report, tiers, jobs: jobs) }
    return json
  }
}
