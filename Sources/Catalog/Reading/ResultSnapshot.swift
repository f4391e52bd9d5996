import Media
import MemoryBudget

/// One month of a timeline.
public struct TimelineBucket: Sendable, Hashable {
  /// The year, 1…9999.
  public let year: Int
  /// The month, 1…12.
  public let month: Int
  /// Where its first asset is in the snapshot.
  public let position: Int
  /// How many assets it has.
  public internal(set) var count: Int

  /// `2025-03`.
  public var key: String {
    let digits = String(year)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      + (month < 10 ? "-0" : "-") + String(month)
  }
}

/// The ids a query gave, in order, as they were at one moment: pages of it cost the same at any
/// position, and what changes meanwhile moves nothing under the reader's eyes.
///
/// Four bytes an asset for the id and one for the aspect, charged to `catalog.snapshots` for as
/// long as it lives. Thread-safe: nothing in it changes.
public final class ResultSnapshot: Sendable {
  /// What was asked.
  public let query: AssetQuery
  /// How many assets there are.
  public let count: Int
  /// The catalog's change number it was made at.
  public let changeNumber: Int64
  /// Months in the snapshot's order; empty unless sorted by capture time.
  public let timeline: [TimelineBucket]
  /// Assets without a capture time, at the end; empty unless sorted by capture time.
  public let undated: Range<Int>

  private let ids: MappedBuffer
  private let idByteCount: Int
  private let aspectBytes: MappedBuffer

  init(
    query: AssetQuery, count: Int, changeNumber: Int64, timeline: [TimelineBucket],
    undated: Range<Int>, ids: consuming MappedBuffer, idByteCount: Int,
    aspects: consuming MappedBuffer
  ) {
    self.query = query
    self.count = count
    self.changeNumber = changeNumber
    self.timeline = timeline
    self.undated = undated
    self.ids = ids
    self.idByteCount = idByteCount
    aspectBytes = aspects
  }

  /// What it is charged for, in bytes.
  public var byteCount: Int { ids.byteCount + aspectBytes.byteCount }

  /// The id at a position in `0..<count`.
  public func id(at position: Int) -> AssetID {
    precondition(position >= 0 && position < count, "no asset at position \(position)")
    return AssetID(rawValue: unsafe ids.withUnsafeBytes { unsafe rawID($0, position) })
  }

  /// The ids at positions within `0..<count`.
  public func ids(in positions: Range<Int>) -> [AssetID] {
    precondition(
      positions.lowerBound >= 0 && positions.upperBound <= count, "no assets at \(positions)")
    return unsafe ids.withUnsafeBytes { bytes in
      positions.map { AssetID(rawValue: unsafe rawID(bytes, $0)) }
    }
  }

  /// Where an asset is; nil when it is not among them. Complexity: O(count), about 0.3 ms for a
  /// million.
  public func position(of id: AssetID) -> Int? {
    unsafe ids.withUnsafeBytes { bytes in
      if idByteCount == 4 {
        guard let wanted = UInt32(exactly: id.rawValue) else { return nil }
        let all = unsafe bytes.bindMemory(to: UInt32.self)
        return unsafe all.prefix(count).firstIndex(of: wanted)
      }
      let all = unsafe bytes.bindMemory(to: Int64.self)
      return unsafe all.prefix(count).firstIndex(of: id.rawValue)
    }
  }

  /// One `AspectByte` per asset at positions within `0..<count`, copied: take as many at once as
  /// there is memory for.
  public func aspects(in positions: Range<Int>) -> [UInt8] {
    precondition(
      positions.lowerBound >= 0 && positions.upperBound <= count, "no assets at \(positions)")
    return unsafe aspectBytes.withUnsafeBytes { unsafe [UInt8]($0[positions]) }
  }

  private func rawID(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> Int64 {
    idByteCount == 4
      ? Int64(unsafe bytes.load(fromByteOffset: position * 4, as: UInt32.self))
      : unsafe bytes.load(fromByteOffset: position * 8, as: Int64.self)
  }
}
