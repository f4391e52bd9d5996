import Media
import MemoryBudget

/// Makes the snapshot of a query in buffers sized by a plan. Runs on a reader's thread, inside one
/// read transaction.
struct SnapshotBuilder {
  /// Thrown when a scan added more than the plan has room for; plan again.
  struct Outgrown: Error {}

  let query: AssetQuery
  let plan: SnapshotPlan
  let buffers: SnapshotBuffers
  let database: Database

  func build() throws -> ResultSnapshot {
    try database.readTransaction {
      let changeNumber =
        try database.integer("SELECT value FROM meta WHERE key = 'change'") ?? 0
      let scope = try FolderScope(query, in: database)
      if try scope.count(query, in: database) > plan.capacity { throw Outgrown() }
      try fillFolders(scope)
      return plan.isText
        ? try unsafe build(TextEntry.self, scope, changeNumber, textEntry)
        : try unsafe build(NumberEntry.self, scope, changeNumber, numberEntry)
    }
  }

  private func fillFolders(_ scope: FolderScope) throws {
    var place: UInt32 = 0
    try scope.forEachFolder("0", isOrdered: query.sort == .path, in: database) { row in
      place += 1
      let id = row.int(0)
      guard id < Int64(plan.folderLimit) else { throw Outgrown() }
      unsafe buffers.folders.withUnsafeMutableBytes {
        unsafe $0.storeBytes(of: place, toByteOffset: Int(id) * 4, as: UInt32.self)
      }
    }
  }

  /// The column that orders, as the fifth of the walk.
  private var sortColumn: String {
    switch query.sort {
    case .captureTime: "captured_ms"
    case .name, .path: "name_key"
    case .byteCount: "byte_count"
    case .rating: "rating"
    case .added, .random: "id"
    }
  }

  private typealias MakeEntry<Entry> = (
    _ row: Statement, _ payload: UInt64, _ folderPlace: UInt32,
    _ text: UnsafeMutableRawBufferPointer, _ textCount: inout Int
  ) throws -> Entry

  private func numberEntry(
    _ row: Statement, _ payload: UInt64, _ folderPlace: UInt32,
    _ text: UnsafeMutableRawBufferPointer, _ textCount: inout Int
  ) -> NumberEntry {
    let key =
      switch query.sort {
      case .captureTime: SortKey.captureTime(row.optionalInt(5))
      case .random: SortKey.random(seed: query.seed, id: row.int(5))
      default: SortKey.number(row.int(5))
      }
    return NumberEntry(key: key, payload: payload)
  }

  private func textEntry(
    _ row: Statement, _ payload: UInt64, _ folderPlace: UInt32,
    _ text: UnsafeMutableRawBufferPointer, _ textCount: inout Int
  ) throws -> TextEntry {
    try unsafe row.withBytes(5) { bytes in
      guard bytes.count <= 0xFFFF, textCount + bytes.count <= text.count else { throw Outgrown() }
      let target = unsafe UnsafeMutableRawBufferPointer(
        rebasing: text[textCount..<textCount + bytes.count])
      unsafe target.copyMemory(from: bytes)
      let isByPath = query.sort == .path
      let key =
        isByPath
        ? unsafe UInt64(folderPlace) << 32 | SortKey.prefix(bytes, byteCount: 4)
        : unsafe SortKey.prefix(bytes)
      let more = unsafe SortKey.prefix(bytes, from: isByPath ? 4 : 8)
      defer { textCount += bytes.count }
      return TextEntry(
        key: key, more: more, payload: payload,
        text: TextEntry.text(offset: textCount, count: bytes.count))
    }
  }

  private func build<Entry: SnapshotEntry>(
    _ type: Entry.Type, _ scope: FolderScope, _ changeNumber: Int64,
    _ makeEntry: MakeEntry<Entry>
  ) throws -> ResultSnapshot {
    let count = try unsafe buffers.entries.withUnsafeMutableBytes { entryBytes in
      try unsafe buffers.text.withUnsafeMutableBytes { text in
        let entries = unsafe entryBytes.bindMemory(to: Entry.self)
        let count = try unsafe fill(entries, text, scope, makeEntry)
        unsafe sortInPlace(
          UnsafeMutableBufferPointer(rebasing: entries[..<count]),
          text: UnsafeRawBufferPointer(text))
        return count
      }
    }
    return try unsafe buffers.entries.withUnsafeMutableBytes { entryBytes in
      let entries = unsafe UnsafeMutableBufferPointer(
        rebasing: entryBytes.bindMemory(to: Entry.self)[..<count])
      return try unsafe finish(entries, changeNumber)
    }
  }

  /// Fills the entries of all rows the query asks for; returns how many.
  private func fill<Entry: SnapshotEntry>(
    _ entries: UnsafeMutableBufferPointer<Entry>, _ text: UnsafeMutableRawBufferPointer,
    _ scope: FolderScope, _ makeEntry: MakeEntry<Entry>
  ) throws -> Int {
    let states = query.states.reduce(into: 0) { $0 |= 1 << Int64($1.rawValue) }
    let kind = query.kind.map { Int64($0.rawValue) }
    var count = 0
    var textCount = 0
    func take(_ row: Statement) throws {
      guard states >> row.int(2) & 1 == 1, kind == nil || kind == row.int(3) else { return }
      let folder = Int(row.int(1))
      guard folder < plan.folderLimit else { throw Outgrown() }
      let place = unsafe buffers.folders.withUnsafeBytes {
        unsafe $0.load(fromByteOffset: folder * 4, as: UInt32.self)
      }
      if place == 0 { return }
      guard count < entries.count else { throw Outgrown() }
      unsafe entries[count] = try makeEntry(
        row, Entry.payload(id: row.int(0), aspect: row.int(4)), place, text, &textCount)
      count += 1
    }
    let columns = "SELECT id, folder_id, state, kind, aspect, \(sortColumn) FROM assets"
    let all =
      try database.integer(
        """
        SELECT total(image_ok + image_broken + image_missing + video_ok + video_broken
          + video_missing) FROM folders
        """) ?? 0
    // One walk over the table reads a row for less than a look-up by folder costs.
    if query.folder == nil || Int64(plan.capacity) > all / 4 {
      try database.withStatement(columns) { row in
        while try row.step() { try take(row) }
      }
    } else {
      try scope.forEachFolder("0", isOrdered: false, in: database) { folder in
        try database.withStatement("\(columns) WHERE folder_id = ?") { row in
          try row.bind(folder.int(0), at: 1)
          while try row.step() { try take(row) }
        }
      }
    }
    return count
  }

  /// Writes ids, aspects and the timeline from the sorted entries.
  private func finish<Entry: SnapshotEntry>(
    _ entries: UnsafeMutableBufferPointer<Entry>, _ changeNumber: Int64
  ) throws -> ResultSnapshot {
    guard var ids = buffers.ids.take(), var aspects = buffers.aspects.take() else {
      preconditionFailure("the buffers of a snapshot were used twice")
    }
    let isByTime = query.sort == .captureTime
    var datedCount = entries.count
    if isByTime {
      while datedCount > 0, unsafe entries[datedCount - 1].key == SortKey.undated {
        datedCount -= 1
      }
    }
    var timeline = TimelineMaker()
    let count = entries.count
    unsafe ids.withUnsafeMutableBytes { idBytes in
      unsafe aspects.withUnsafeMutableBytes { aspectBytes in
        for position in 0..<count {
          // Backwards, what is dated stays before what is not.
          let source =
            query.ascending
            ? position
            : position < datedCount
              ? datedCount - 1 - position : count - 1 - (position - datedCount)
          let entry = unsafe entries[source]
          let id = entry.id.rawValue
          if plan.idByteCount == 4 {
            unsafe idBytes.storeBytes(
              of: UInt32(truncatingIfNeeded: id), toByteOffset: position * 4, as: UInt32.self)
          } else {
            unsafe idBytes.storeBytes(of: id, toByteOffset: position * 8, as: Int64.self)
          }
          unsafe aspectBytes[position] = entry.aspect
          if isByTime, position < datedCount {
            timeline.add(SortKey.value(entry.key), at: position)
          }
        }
      }
    }
    return ResultSnapshot(
      query: query, count: count, changeNumber: changeNumber, timeline: timeline.buckets,
      undated: isByTime ? datedCount..<count : count..<count,
      ids: ids, idByteCount: plan.idByteCount,
      aspects: aspects)
  }
}
