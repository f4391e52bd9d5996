import Media

/// Which assets, in which order.
public struct AssetQuery: Sendable, Hashable {
  /// What orders them. Every order ends with the id, so it is the same every time.
  public enum Sort: UInt8, Sendable, CaseIterable {
    /// When it was taken; assets without a time come last in both directions.
    case captureTime = 1
    /// File name in natural order (digits by value, case ignored).
    case name = 2
    /// Folder by folder in natural order, in each by name.
    case path = 3
    /// Bytes of the file.
    case byteCount = 4
    /// When the library first saw it.
    case added = 5
    /// Stars.
    case rating = 6
    /// Shuffled by `seed`: the same seed gives the same order.
    case random = 7
  }

  /// Only assets in this folder; nil for all.
  public var folder: FolderID?
  /// Whether folders below `folder` count too.
  public var recursive = true
  /// Only pictures or only videos; nil for both.
  public var kind: MediaFormat.Kind?
  /// The states to show. A search that asks for `is:missing` or `is:broken` itself decides on its own.
  public var states: Set<AssetState> = [.ok, .broken]
  /// What to search for, in the query language; empty for everything. A catalog cannot answer it, a
  /// library can.
  public var search = ""
  /// What orders them.
  public var sort: Sort = .captureTime
  /// From small to large.
  public var ascending = true
  /// The seed of `Sort.random`.
  public var seed: UInt64 = 0

  /// Everything that is there, oldest first.
  public init() {}

  /// A query from its parts.
  public init(
    folder: FolderID? = nil, recursive: Bool = true, kind: MediaFormat.Kind? = nil,
    states: Set<AssetState> = [.ok, .broken], sort: Sort = .captureTime, ascending: Bool = true,
    seed: UInt64 = 0, search: String = ""
  ) {
    self.folder = folder
    self.recursive = recursive
    self.kind = kind
    self.states = states
    self.sort = sort
    self.ascending = ascending
    self.seed = seed
    self.search = search
  }
}

/// Where a page ended: the sort value and the id of its last asset. Assets that come or go between
/// two pages neither repeat nor hide others.
public struct PageKey: Sendable, Hashable, CustomStringConvertible {
  /// The last asset of the page before.
  public let asset: AssetID
  /// What it was sorted by, in a form that compares by bytes.
  package let sortKey: [UInt8]

  package init(asset: AssetID, sortKey: [UInt8]) {
    self.asset = asset
    self.sortKey = sortKey
  }

  /// The text form: hexadecimal digits, a dash, the id. Safe in an address.
  public var description: String {
    var text = ""
    for byte in sortKey {
      text += byte < 16 ? "0" : ""
      text += String(byte, radix: 16)
    }
    return "\(text)-\(asset.rawValue)"
  }

  /// Reads what `description` writes; nil for anything else.
  public init?(_ text: some StringProtocol) {
    // Names are at most 255 bytes, paths 4,096; their keys are at most about twice as long.
    guard text.utf8.count <= 20_000 else { return nil }
    let bytes = Array(text.utf8)
    guard let dash = bytes.firstIndex(of: UInt8(ascii: "-")), dash.isMultiple(of: 2),
      bytes[(dash + 1)...].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let id = Int64(String(decoding: bytes[(dash + 1)...], as: UTF8.self)), id > 0
    else { return nil }
    var key: [UInt8] = []
    key.reserveCapacity(dash / 2)
    for start in stride(from: 0, to: dash, by: 2) {
      guard let high = Self.digit(bytes[start]), let low = Self.digit(bytes[start + 1]) else {
        return nil
      }
      key.append(high << 4 | low)
    }
    asset = AssetID(rawValue: id)
    sortKey = key
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}

/// One page of assets.
public struct AssetPage: Sendable {
  /// At most as many as were asked for.
  public let assets: [AssetSummary]
  /// Where the next page starts; nil after the last one.
  public let next: PageKey?
}
