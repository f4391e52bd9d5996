import Catalog
import Media
import MemoryBudget
import Platform

/// The index of a library while it is in memory, and what its ids and places mean. Used by its engine
/// alone, on the engine's thread.
final class OpenIndex {
  let index: SearchIndex
  let budget: MemoryBudget
  var rows: RowReader
  var folders: FolderPlaces
  private(set) var names: TagNames
  private(set) var categories: [TagCategory]
  /// Whether `NumericColumn.namePlace` is that of all names as they are.
  var hasNamePlaces = false
  /// Assets with the content of another one; nil when that has to be found out.
  var duplicates: [UInt32]?
  /// Grows with every file that changed: what was found out before may have to be again.
  private(set) var generation = 0
  /// Whether the snapshot on the disk is of this state.
  var isSaved = false

  // Made when it is asked for; nil after folders came.
  private var tree: FolderTree?
  let database: Database
  private let charges: SideCharges

  /// Rows put into the index at once: less than 64 KiB of them.
  private static let batchCount = 128

  init(
    index: SearchIndex, rows: RowReader, folders: FolderPlaces, names: TagNames,
    database: Database, side charges: SideCharges, budget: MemoryBudget
  ) throws {
    self.index = index
    self.budget = budget
    self.rows = rows
    self.folders = folders
    self.names = names
    categories = try database.tagCategories()
    self.database = database
    self.charges = charges
    try charge()
  }

  /// Charges what the names of values, the places of folders and the lists beside the index take.
  func charge() throws {
    let needed =
      rows.byteCount + folders.byteCount + (duplicates?.count ?? 0) * 4
      + (tree?.byteCount ?? 0)
    guard charges.setNames(needed) else {
      throw SearchError(
        .overBudget,
        "What belongs to the search index takes \(needed >> 10) KiB, for which the budget has no room; "
          + "raise --memory.")
    }
  }

  // MARK: Following

  /// Reads again what changed.
  func follow(_ changes: CatalogChangeSet) throws {
    if changes.topics.contains(.categories) { categories = try database.tagCategories() }
    if !changes.tags.isEmpty || changes.topics.contains(.aliases) {
      for tag in try readNamesAgain(changes) { try recountGeneralTags(of: tag) }
    }
    if changes.assets.isEmpty { return }
    isSaved = false
    if changes.touchesFiles || changes.assets.isEverything {
      generation += 1
      hasNamePlaces = false
      duplicates = nil
    }
    let ranges =
      changes.assets.isEverything ? [1...Int64(UInt32.max)] : changes.assets.ranges
    for range in ranges { try readAgain(range) }
    try charge()
  }

  /// Reads changed names of tags; returns the tags that became general ones or ceased to be.
  private func readNamesAgain(_ changes: CatalogChangeSet) throws -> [UInt32] {
    let highest = try database.highestTagID()
    let ranges = changes.tags.isEverything ? [1...max(1, highest)] : changes.tags.ranges
    let ids = ranges.flatMap { range in
      range.lowerBound > highest ? [] : Array(range.lowerBound...min(range.upperBound, highest))
    }
    let before = ids.map { names.category(of: UInt32($0)) }
    if ids.count > Self.singleNameLimit || changes.topics.contains(.aliases) {
      names = try TagNames(database, budget: budget)
    } else {
      for number in ids {
        let id = TagID(rawValue: UInt32(number))
        guard let tag = try database.tag(id) else {
          names.remove(id.rawValue)
          continue
        }
        try names.set(
          id.rawValue, name: tag.name, category: tag.category,
          aliases: try database.aliases(of: id).map(\.name))
      }
    }
    return zip(ids, before).compactMap { id, before in
      let tag = UInt32(id)
      return (names.category(of: tag) == .general) != (before == .general) ? tag : nil
    }
  }

  /// More names than these are read all together.
  private static let singleNameLimit = 1024

  private func readAgain(_ range: ClosedRange<Int64>) throws {
    var next = range.lowerBound
    while next <= range.upperBound {
      var batch: [(row: AssetRow, tags: [UInt32])] = []
      try database.forEachIndexedAsset(in: next...range.upperBound, limit: Self.batchCount) {
        asset in
        var tags: [UInt32] = []
        let row = try rows.row(
          asset, tags: &tags, folders: &folders, names: names, in: database)
        batch.append((row, tags))
      }
      guard let last = batch.last?.row.id else { return }
      try index.update(batch)
      if batch.count < Self.batchCount { return }
      next = Int64(last) + 1
    }
  }

  private func recountGeneralTags(of tag: UInt32) throws {
    var ids: [UInt32] = []
    try index.evaluate(.tag(tag)).forEach { ids.append($0) }
    var start = 0
    while start < ids.count {
      let end = min(ids.count, start + Self.batchCount)
      var batch: [(row: AssetRow, tags: [UInt32])] = []
      try database.forEachIndexedAsset(ids[start..<end]) { asset in
        var tags: [UInt32] = []
        let row = try rows.row(
          asset, tags: &tags, folders: &folders, names: names, in: database)
        batch.append((row, tags))
      }
      try index.update(batch)
      start = end
    }
    isSaved = false
  }

  // MARK: Places

  /// A folder and all below it, or the folder alone.
  func folders(at folder: FolderID, isRecursive: Bool) throws -> [FolderID] {
    try database.folders(at: folder, isRecursive: isRecursive)
  }

  /// Which folder is in which.
  func folderTree() throws -> FolderTree {
    if let tree { return tree }
    let made = try FolderTree(folders, in: database)
    tree = made
    try charge()
    return made
  }

  /// All albums.
  func albums() throws -> [Album] { try database.albums() }

  /// Folders whose path a pattern matches, those with the most assets first.
  func folders(_ pattern: FoldedPattern, _ limit: Int) throws -> [(name: String, count: Int)] {
    var found: [(name: String, count: Int)] = []
    try database.forEachFolderCount { path, count in
      let path = String(decoding: path, as: UTF8.self)
      if !path.isEmpty, pattern.matches(path) { found.append((path, count)) }
    }
    return Array(found.sorted { ($1.count, $0.name) < ($0.count, $1.name) }.prefix(limit))
  }

  /// The path of a folder below its root; nil when it is not known.
  func folderPath(at place: Int) throws -> String? {
    try database.withStatement("SELECT path FROM folders WHERE id = ?") { row in
      try row.bind(folders.folder(at: place).rawValue, at: 1)
      return try row.step() ? row.text(0) : nil
    }
  }

  /// The name of a category; nil when there is none.
  func categoryName(_ id: TagCategoryID) -> String? { categories.first { $0.id == id }?.name }

  /// The tags that most of some assets have, the most frequent first.
  func frequentTags(of assets: [UInt32], limit: Int) throws -> [UInt32] {
    var counts: [UInt32: Int] = [:]
    try database.forEachAssetTags(assets) { _, bytes in
      _ = AssetTagCoding.forEachTag(in: bytes) { counts[$0, default: 0] += 1 }
    }
    return counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
      .prefix(limit).map(\.key)
  }

  /// Gives all folders their place in natural order, where some came later.
  func putFoldersInOrder() throws {
    if folders.isInOrder { return }
    let ordered = try FolderPlaces(database)
    let moved = folders.moved(to: ordered)
    var values: [(id: UInt32, value: Int64?)] = []
    let all = try index.evaluate(.everything)
    func flush() throws {
      try index.set(.folderPlace, values)
      values.removeAll(keepingCapacity: true)
    }
    try all.forEach { id in
      guard let place = index.value(.folderPlace, of: id), let new = moved[Int(place)],
        new != place
      else { return }
      values.append((id, new))
      if values.count == Self.placeCount { try flush() }
    }
    try flush()
    folders = ordered
    tree = nil
    isSaved = false
    try charge()
  }

  /// Places set at once: less than 64 KiB of them.
  private static let placeCount = 2048

  /// Gives every name its place.
  ///
  /// - Parameter order: all assets by name.
  func takeNamePlaces(_ order: ResultSnapshot) throws {
    let highest = Int(try database.highestAssetID())
    let byteCount = (highest + 1) * 4
    guard
      let reservation = budget.reserveIfRoom(
        MappedBuffer.reservedByteCount(for: byteCount), for: budget.account("search.queries"))
    else {
      throw SearchError(
        .overBudget,
        "Ordering by name takes \(byteCount >> 20) MiB for a moment, for which the budget has no room; "
          + "raise --memory.")
    }
    // By id, so that the index is written from its beginning to its end.
    var places = try MappedBuffer(byteCount: byteCount, reservation: reservation)
    try unsafe places.withUnsafeMutableBytes { bytes in
      let byID = unsafe bytes.bindMemory(to: UInt32.self)
      var position = 0
      while position < order.count {
        let end = min(order.count, position + Self.placeCount)
        for id in order.ids(in: position..<end) {
          position += 1
          if id.rawValue <= Int64(highest) { unsafe byID[Int(id.rawValue)] = UInt32(position) }
        }
      }
      var values: [(id: UInt32, value: Int64?)] = []
      for id in 0...highest {
        let place = unsafe byID[id]
        if place > 0 { values.append((UInt32(id), Int64(place - 1))) }
        if values.count == Self.placeCount || id == highest {
          try index.set(.namePlace, values)
          values.removeAll(keepingCapacity: true)
        }
      }
    }
    hasNamePlaces = true
    isSaved = false
  }
}

/// What is charged for an index beside the index itself. Used by the index's engine alone.
final class SideCharges {
  private let pages: Reservation
  private var names: Reservation

  /// - Parameters:
  ///   - pages: for the pages its connection to the catalog keeps.
  ///   - names: for names, places and lists.
  init(pages: consuming Reservation, names: consuming Reservation) {
    self.pages = pages
    self.names = names
  }

  /// Makes the charge for names fit; false when there is no room.
  func setNames(_ byteCount: Int) -> Bool {
    if byteCount <= names.byteCount {
      if byteCount < names.byteCount / 2 { names.shrink(to: byteCount) }
      return true
    }
    // In steps, not for each new name.
    return names.growIfRoom(to: byteCount + byteCount / 4) || names.growIfRoom(to: byteCount)
  }
}
