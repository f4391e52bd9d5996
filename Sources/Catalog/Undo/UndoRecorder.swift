/// An operation that can be taken back: the row id in `undo_records`.
public struct UndoID: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The row id.
  public let rawValue: Int64

  /// An id from its number.
  public init(rawValue: Int64) { self.rawValue = rawValue }

  public var description: String { String(rawValue) }
}

/// Writes the way back of the running operation, in parts, in the same transaction. Confined to the
/// writer's thread.
final class UndoRecorder {
  /// Operations that are kept, and what they may take together; the oldest go first, the newest stays.
  static let recordLimit = 200
  static let byteLimit: Int64 = 32 << 20
  // A part is read back as a whole.
  private static let partByteCount = 24 << 10
  private static let partAssetCount = 4096

  private let database: Database
  private var buffer = CompactWriter()
  private(set) var byteCount: Int64 = 0
  private(set) var recordID: Int64?
  // Assets that follow each other change alike: the kind of a step and what it changes, and the ids.
  private var groups: [[UInt8]: [Int64]] = [:]
  private var groupOrder: [[UInt8]] = []
  private var groupedAssetCount = 0
  private var groupedByteCount = 0

  init(database: Database) { self.database = database }

  /// True when nothing was recorded.
  var isEmpty: Bool { recordID == nil && buffer.bytes.isEmpty && groups.isEmpty }

  /// Adds what was just done.
  func record(_ step: UndoStep) throws {
    sealGroups()
    step.encode(into: &buffer)
    if buffer.bytes.count >= Self.partByteCount { try flush() }
  }

  /// Adds a change of an asset's tags.
  func record(_ deltas: [TagDelta], asset: Int64) throws {
    try record(kind: 2, key: TagDelta.encode(deltas), asset: asset)
  }

  private func record(kind: UInt8, key: [UInt8], asset: Int64) throws {
    let key = [kind] + key
    if groups[key]?.append(asset) == nil {
      groups[key] = [asset]
      groupOrder.append(key)
      groupedByteCount += key.count
    }
    groupedAssetCount += 1
    groupedByteCount += 2
    if groupedAssetCount >= Self.partAssetCount || groupedByteCount >= Self.partByteCount {
      sealGroups()
      try flush()
    }
  }

  /// Ends what may be recorded together: an asset that changes again comes later.
  func sealGroups() {
    if groups.isEmpty { return }
    for key in groupOrder {
      guard let assets = groups[key] else { continue }
      buffer.append(key)
      buffer.write(assets)
    }
    groups.removeAll(keepingCapacity: true)
    groupOrder.removeAll(keepingCapacity: true)
    groupedAssetCount = 0
    groupedByteCount = 0
  }

  /// Adds a change of a number.
  func record(_ field: AssetField, old: Int64, new: Int64, asset: Int64) throws {
    var writer = CompactWriter()
    writer.write(UInt64(field.rawValue))
    writer.write(signed: old)
    writer.write(signed: new)
    try record(kind: 3, key: writer.bytes, asset: asset)
  }

  private func flush() throws {
    if buffer.bytes.isEmpty { return }
    let record = try recordID ?? beginRecord()
    try database.withStatement("INSERT INTO undo_parts (record_id, steps) VALUES (?, ?)") { row in
      try row.bind(record, at: 1)
      try row.bind(buffer.bytes, at: 2)
      try row.run()
    }
    byteCount += Int64(buffer.bytes.count)
    buffer.removeAll()
  }

  private func beginRecord() throws -> Int64 {
    try database.withStatement(
      "INSERT INTO undo_records (at_ms, label, changed_count, byte_count) VALUES (?, '', 0, 0)"
    ) { row in
      try row.bind(currentMilliseconds(), at: 1)
      try row.run()
    }
    recordID = database.lastInsertedID
    return database.lastInsertedID
  }

  /// Writes the rest, and lets the oldest records go. Nil when there is nothing to take back.
  func finish(label: String, changedCount: Int) throws -> UndoID? {
    sealGroups()
    try flush()
    guard let record = recordID else { return nil }
    try database.withStatement(
      "UPDATE undo_records SET label = ?, changed_count = ?, byte_count = ? WHERE id = ?"
    ) { row in
      try row.bind(label, at: 1)
      try row.bind(changedCount, at: 2)
      try row.bind(byteCount, at: 3)
      try row.bind(record, at: 4)
      try row.run()
    }
    try forgetOldest(newest: record)
    return UndoID(rawValue: record)
  }

  private func forgetOldest(newest: Int64) throws {
    let oldestKept = try database.withStatement(
      "SELECT id, byte_count FROM undo_records ORDER BY id DESC"
    ) { row in
      var kept = newest
      var (count, bytes) = (0, Int64(0))
      while try row.step() {
        count += 1
        bytes += row.int(1)
        if count > Self.recordLimit || bytes > Self.byteLimit { break }
        kept = row.int(0)
      }
      return kept
    }
    for sql in [
      "DELETE FROM undo_parts WHERE record_id < ?", "DELETE FROM undo_records WHERE id < ?",
    ] {
      try database.withStatement(sql) { row in
        try row.bind(min(oldestKept, newest), at: 1)
        try row.run()
      }
    }
  }

  /// Removes a record that was taken back.
  static func remove(_ record: Int64, in database: Database) throws {
    for sql in [
      "DELETE FROM undo_parts WHERE record_id = ?", "DELETE FROM undo_records WHERE id = ?",
    ] {
      try database.withStatement(sql) { row in
        try row.bind(record, at: 1)
        try row.run()
      }
    }
  }
}
