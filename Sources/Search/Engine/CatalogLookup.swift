import Catalog
import MemoryBudget
import Platform

/// What a query asks of the catalog's texts: answered on a reader's thread, before the index is asked.
enum CatalogLookup: Sendable, Hashable {
  /// Free text in titles, captions, creators, notes and file names.
  case text(String)
  /// `path:`, `filename:` and `source:`.
  case names(NameField, [NamePattern])
  /// `folder:`.
  case folders([NamePattern])
  /// `album:` and `pool:`.
  case albums(NameField, [NamePattern])
}

/// What the catalog says to a lookup.
enum CatalogAnswer: Sendable {
  case assets(FoundAssets)
  case folders([FolderID])
  case albums([FoundAlbum])
}

/// An album whose title was asked for.
struct FoundAlbum: Sendable {
  let id: Int64
  let title: String
  /// Of a smart one, what it is made of.
  let query: String?
  /// Of all others, by id.
  let members: FoundAssets
  /// The same in the album's order.
  let orderedMembers: FoundAssets
}

/// Answers lookups. Runs on a reader's thread; cancelling the task ends it.
struct CatalogLooker {
  let database: Database
  let budget: MemoryBudget
  /// When to give up, by `monotonicNanoseconds`.
  let deadline: UInt64

  /// Longer walks than this are given up; even ten million names take less.
  static let timeLimitNanoseconds: UInt64 = 20_000_000_000

  func answer(_ lookup: CatalogLookup) throws -> CatalogAnswer {
    switch lookup {
    case .text(let text): .assets(try assets(withText: text))
    case .names(.path, let patterns): .assets(try assets(withPath: patterns))
    case .names(.source, let patterns): .assets(try assets(withSource: patterns))
    case .names(let field, let patterns):
      .assets(try assets(named: patterns, findsParts: field.findsPartsOfValues))
    case .folders(let patterns): .folders(try folders(patterns))
    case .albums(let field, let patterns): .albums(try albums(field, patterns))
    }
  }

  private func assets(withText text: String) throws -> FoundAssets {
    let found = FoundAssets(budget: budget)
    var matcher = TextMatcher([FoldedPattern(NamePattern(text), findsParts: true)])
    var clock = WalkClock(deadline: deadline)
    try unsafe database.forEachAssetName { id, _, name in
      try clock.tick()
      if unsafe matcher.matches(name) { try found.append(UInt32(truncatingIfNeeded: id)) }
    }
    try unsafe database.forEachAssetText { id, text in
      try clock.tick()
      if unsafe matcher.matches(text) { try found.append(UInt32(truncatingIfNeeded: id)) }
    }
    found.settle()
    return found
  }

  private func assets(named patterns: [NamePattern], findsParts: Bool) throws -> FoundAssets {
    let found = FoundAssets(budget: budget)
    var matcher = TextMatcher(patterns.map { FoldedPattern($0, findsParts: findsParts) })
    var clock = WalkClock(deadline: deadline)
    try unsafe database.forEachAssetName { id, _, name in
      try clock.tick()
      if unsafe matcher.matches(name) { try found.append(UInt32(truncatingIfNeeded: id)) }
    }
    found.settle()
    return found
  }

  private func assets(withPath patterns: [NamePattern]) throws -> FoundAssets {
    let found = FoundAssets(budget: budget)
    var matcher = TextMatcher(patterns.map { FoldedPattern($0, findsParts: true) })
    var clock = WalkClock(deadline: deadline)
    // Files of a folder follow each other: its path is read when it changes.
    var folder: FolderID?
    var path: [UInt8] = []
    var folderCount = 0
    try database.withStatement("SELECT path FROM folders WHERE id = ?") { row in
      try unsafe database.forEachAssetName { id, its, name in
        try clock.tick()
        if its != folder {
          row.reset()
          try row.bind(its.rawValue, at: 1)
          path = try row.step() ? row.bytes(0) : []
          if !path.isEmpty { path.append(UInt8(ascii: "/")) }
          folderCount = path.count
          folder = its
        }
        path.removeLast(path.count - folderCount)
        unsafe path.append(contentsOf: name)
        let matches = unsafe path.withUnsafeBytes { unsafe matcher.matches($0) }
        if matches { try found.append(UInt32(truncatingIfNeeded: id)) }
      }
    }
    found.settle()
    return found
  }

  private func assets(withSource patterns: [NamePattern]) throws -> FoundAssets {
    let found = FoundAssets(budget: budget)
    var matcher = TextMatcher(patterns.map { FoldedPattern($0, findsParts: true) })
    var clock = WalkClock(deadline: deadline)
    try unsafe database.forEachAssetSource { id, address in
      try clock.tick()
      if unsafe matcher.matches(address) { try found.append(UInt32(truncatingIfNeeded: id)) }
    }
    found.settle()
    return found
  }

  /// The folders themselves and all below them.
  private func folders(_ patterns: [NamePattern]) throws -> [FolderID] {
    var matcher = TextMatcher(patterns.map { FoldedPattern($0, findsParts: false) })
    var found: [FolderID] = []
    // What is below a folder that was found comes right after it.
    var above: (root: RootID, path: [UInt8])?
    try unsafe database.forEachFolderPath { id, root, path in
      if let above, above.root == root,
        unsafe above.path.isEmpty || path.starts(with: above.path)
      {
        found.append(id)
      } else if unsafe matcher.matches(path) {
        found.append(id)
        above = (root, unsafe path.isEmpty ? [] : [UInt8](path) + [UInt8(ascii: "/")])
      }
    }
    return found
  }

  private func albums(_ field: NameField, _ patterns: [NamePattern]) throws -> [FoundAlbum] {
    let patterns = patterns.map { FoldedPattern($0, findsParts: false) }
    var found: [FoundAlbum] = []
    try database.withStatement("SELECT id, kind, name, query FROM albums ORDER BY id") { row in
      while try row.step() {
        let isPool = row.int(1) == Self.poolKind
        let title = row.text(2)
        guard isPool == (field == .pool), patterns.contains(where: { $0.matches(title) }) else {
          continue
        }
        let (members, ordered) = (FoundAssets(budget: budget), FoundAssets(budget: budget))
        try database.forEachMember(of: AlbumID(rawValue: row.int(0))) { member in
          try members.append(UInt32(truncatingIfNeeded: member.rawValue))
          try ordered.append(UInt32(truncatingIfNeeded: member.rawValue))
        }
        members.settle()
        found.append(
          FoundAlbum(
            id: row.int(0), title: title, query: row.optionalText(3), members: members,
            orderedMembers: ordered))
      }
    }
    return found
  }

  private static let poolKind = Int64(Album.Kind.pool.rawValue)
}

/// Holds bytes of text against patterns; most names are plain ASCII, which needs no Unicode.
private struct TextMatcher {
  private let patterns: [FoldedPattern]
  private var lower: [UInt8] = []

  init(_ patterns: [FoldedPattern]) { self.patterns = patterns }

  mutating func matches(_ bytes: UnsafeRawBufferPointer) -> Bool {
    lower.removeAll(keepingCapacity: true)
    for index in 0..<bytes.count {
      let byte = unsafe bytes[index]
      guard byte < 0x80 else {
        let text = Array(FoldedPattern.fold(unsafe String(decoding: bytes, as: UTF8.self)).utf8)
        return patterns.contains { $0.matches(folded: text) }
      }
      let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      lower.append(isUpper ? byte | 0x20 : byte)
    }
    return patterns.contains { $0.matches(folded: lower) }
  }
}

/// Ends a walk that takes too long; looks at the clock once in a while.
private struct WalkClock {
  let deadline: UInt64
  private var count = 0

  init(deadline: UInt64) { self.deadline = deadline }

  mutating func tick() throws {
    count += 1
    guard count % 16_384 == 0 else { return }
    if monotonicNanoseconds() > deadline {
      throw SearchError(
        .tooSlow,
        "Looking through all names took longer than "
          + "\(CatalogLooker.timeLimitNanoseconds / 1_000_000_000) seconds and was given up; ask for "
          + "tags or fields that are indexed, or try again when the disk has less to do.")
    }
  }
}
