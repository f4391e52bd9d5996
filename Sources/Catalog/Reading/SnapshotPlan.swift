import Media
import MemoryBudget

/// How much memory the snapshot of a query needs.
struct SnapshotPlan: Sendable {
  /// Room for this many assets.
  var capacity: Int
  /// Room for the bytes of their names' keys; 0 unless the order is one of text.
  var textByteCount: Int
  /// Room for folder ids below this.
  var folderLimit: Int
  /// 4 when all ids fit, else 8.
  var idByteCount: Int

  private static let sampleCount = 512

  /// Sizes it by the folders' counts and, for an order of text, by some of the names. A scan may add
  /// assets before the snapshot is made, so there is a little room to spare.
  ///
  /// - Parameter isExact: whether to look at all names, because the room was not enough.
  init(_ query: AssetQuery, in database: Database, isExact: Bool = false) throws {
    let scope = try FolderScope(query, in: database)
    let count = try scope.count(query, in: database)
    capacity = count + count / 64 + 64
    var textByteCount = 0
    if query.sort == .name || query.sort == .path {
      let bytes =
        isExact
        ? Int(try database.integer("SELECT total(length(name_key)) FROM assets") ?? 0)
        : try Self.nameByteCount(of: count, in: database)
      textByteCount = bytes + bytes / 64 + 4096
    }
    self.textByteCount = textByteCount
    folderLimit = Int(try database.integer("SELECT max(id) FROM folders") ?? 0) + 64
    let highest = try database.integer("SELECT max(id) FROM assets") ?? 0
    idByteCount = highest < Int64(UInt32.max) - 1_000_000 ? 4 : 8
  }

  /// What the keys of that many names likely take: the mean of names spread over the ids, and a
  /// quarter more. Walking over all of them takes half as long as the snapshot.
  private static func nameByteCount(of count: Int, in database: Database) throws -> Int {
    let highest = try database.integer("SELECT max(id) FROM assets") ?? 0
    return try database.withStatement(
      "SELECT length(name_key) FROM assets WHERE id >= ? LIMIT 1"
    ) { row in
      var sum = 0
      var sampled = 0
      for number in 0..<Int64(sampleCount) {
        try row.bind(highest / Int64(sampleCount) * number + 1, at: 1)
        if try row.step() {
          sum += Int(row.int(0))
          sampled += 1
        }
        row.reset()
      }
      return sampled == 0 ? 0 : (sum * count / sampled) * 5 / 4
    }
  }

  var isText: Bool { textByteCount > 0 }

  private var sizes: [Int] {
    let entry = isText ? MemoryLayout<TextEntry>.stride : MemoryLayout<NumberEntry>.stride
    return [
      capacity * entry, textByteCount, folderLimit * 4, capacity * idByteCount, capacity,
    ].map { MappedBuffer.reservedByteCount(for: $0) }
  }

  /// What all buffers cost while it is built; what stays are the ids and the aspects.
  var reservedByteCount: Int { sizes.reduce(0, +) }
}

/// The memory of a snapshot being built, reserved as a whole and before any of it is taken.
///
/// `@unchecked Sendable`: made by the task that waits for the reader, used by that reader alone.
final class SnapshotBuffers: @unchecked Sendable {
  var entries: MappedBuffer
  var text: MappedBuffer
  /// By folder id: 0 when the folder is not asked for, else its place among those that are, from 1.
  var folders: MappedBuffer
  // Taken out when the snapshot is ready.
  var ids: MappedBuffer?
  var aspects: MappedBuffer?

  init(_ plan: SnapshotPlan, reservation: consuming Reservation) throws {
    func buffer(_ byteCount: Int) throws -> MappedBuffer {
      try MappedBuffer(
        byteCount: byteCount,
        reservation: reservation.split(MappedBuffer.reservedByteCount(for: byteCount)))
    }
    let entry = plan.isText ? MemoryLayout<TextEntry>.stride : MemoryLayout<NumberEntry>.stride
    entries = try buffer(plan.capacity * entry)
    text = try buffer(plan.textByteCount)
    folders = try buffer(plan.folderLimit * 4)
    ids = try buffer(plan.capacity * plan.idByteCount)
    aspects = try buffer(plan.capacity)
  }
}

/// The folders a query is about.
struct FolderScope {
  private enum Kind {
    case all
    case one(FolderID)
    case below(root: Int64, path: [UInt8])
    case none
  }

  private let kind: Kind

  /// A folder that is not known has no assets.
  init(_ query: AssetQuery, in database: Database) throws {
    guard let folder = query.folder else {
      kind = .all
      return
    }
    kind = try database.withStatement("SELECT root_id, path FROM folders WHERE id = ?") {
      statement in
      try statement.bind(folder.rawValue, at: 1)
      guard try statement.step() else { return .none }
      return query.recursive
        ? .below(root: statement.int(0), path: statement.bytes(1)) : .one(folder)
    }
  }

  /// Steps through the folders, root by root in natural order of their paths.
  ///
  /// - Parameters:
  ///   - columns: SQL of what `body` reads after the id.
  ///   - isOrdered: whether the order matters.
  func forEachFolder(
    _ columns: String, isOrdered: Bool, in database: Database, _ body: (Statement) throws -> Void
  ) throws {
    let order = isOrdered ? " ORDER BY root_id, path_key" : ""
    switch kind {
    case .none: return
    case .all:
      try database.withStatement("SELECT id, \(columns) FROM folders\(order)") { statement in
        while try statement.step() { try body(statement) }
      }
    case .one(let folder):
      try database.withStatement("SELECT id, \(columns) FROM folders WHERE id = ?") { statement in
        try statement.bind(folder.rawValue, at: 1)
        while try statement.step() { try body(statement) }
      }
    case .below(let root, let path):
      // Below "a" is everything from "a/" to before "a0", the byte after the slash.
      try database.withStatement(
        """
        SELECT id, \(columns) FROM folders WHERE root_id = ?1
        AND (?2 = x'' OR path = ?2 OR (path > ?3 AND path < ?4))\(order)
        """
      ) { statement in
        try statement.bind(root, at: 1)
        try statement.bind(path, at: 2)
        try statement.bind(path + [UInt8(ascii: "/")], at: 3)
        try statement.bind(path + [UInt8(ascii: "0")], at: 4)
        while try statement.step() { try body(statement) }
      }
    }
  }

  /// How many assets the query will find, from the counts of the folders.
  func count(_ query: AssetQuery, in database: Database) throws -> Int {
    let kinds = [("image", MediaFormat.Kind.image), ("video", .video)]
    let states = [("ok", AssetState.ok), ("broken", .broken), ("missing", .missing)]
    let columns = kinds.flatMap { kindName, kind in
      states.compactMap { stateName, state in
        (query.kind ?? kind) == kind && query.states.contains(state)
          ? "\(kindName)_\(stateName)" : nil
      }
    }
    if columns.isEmpty { return 0 }
    var count = 0
    try forEachFolder(columns.joined(separator: " + "), isOrdered: false, in: database) {
      count += Int($0.int(1))
    }
    return count
  }
}
