import Media

/// The members of albums, in order.
///
/// A member has a rank, with room between two, so that what is appended or taken away touches only its
/// own row; when there is no room the whole album is ranked anew.
extension EditOperation {
  private static let rankStep: Int64 = 1 << 16

  /// An album as it is while it is edited.
  private struct Member {
    var rank: Int64
    let asset: Int64
  }

  private func members(of album: Int64) throws -> [Member] {
    try database.withStatement(
      "SELECT rank, asset_id FROM album_members WHERE album_id = ? ORDER BY rank"
    ) { row in
      try row.bind(album, at: 1)
      var members: [Member] = []
      while try row.step() { members.append(Member(rank: row.int(0), asset: row.int(1))) }
      return members
    }
  }

  /// Adds assets that are not members yet, in their order.
  ///
  /// - Parameters:
  ///   - assets: which.
  ///   - positions: where each is afterwards, ascending; nil appends them.
  ///   - album: the album; nothing happens when it is gone.
  func insertMembers(_ assets: [Int64], at positions: [Int64]? = nil, of album: Int64) throws {
    guard try row(.albums, key: [.integer(album)]) != nil else { return }
    let old = try members(of: album)
    var known = Set(old.map(\.asset))
    var inserted: [Int64] = []
    var members: [Member] = []
    members.reserveCapacity(old.count + assets.count)
    var rest = old[...]
    for (index, asset) in assets.enumerated() where known.insert(asset).inserted {
      try writer.requireAsset(asset)
      let position = positions.map { Int(clamping: $0[index]) } ?? .max
      let before = max(0, min(rest.count, position - members.count))
      members.append(contentsOf: rest.prefix(before))
      rest = rest.dropFirst(before)
      members.append(Member(rank: 0, asset: asset))
      inserted.append(asset)
      writer.changes.assets.note(asset)
    }
    if inserted.isEmpty { return }
    members.append(contentsOf: rest)
    if Self.rank(&members) {
      let new = Set(inserted)
      for member in members where new.contains(member.asset) { try insert(member, of: album) }
    } else {
      try rewrite(members, of: album)
    }
    try finish(.membersInserted(album: album, assets: inserted), members.count, album)
  }

  /// Gives those without a rank one between their neighbours'; false when there is no room.
  private static func rank(_ members: inout [Member]) -> Bool {
    var start = 0
    while start < members.count {
      guard members[start].rank == 0 else {
        start += 1
        continue
      }
      let end = members[start...].firstIndex { $0.rank != 0 } ?? members.count
      let before = start > 0 ? members[start - 1].rank : 0
      let step =
        end < members.count
        ? (members[end].rank - before) / Int64(end - start + 1) : rankStep
      if step == 0 { return false }
      for index in start..<end { members[index].rank = before + step * Int64(index - start + 1) }
      start = end
    }
    return true
  }

  /// Takes assets out of an album; those that are not in it are left out.
  func removeMembers(_ assets: [Int64], of album: Int64) throws {
    let wanted = Set(assets)
    let members = try members(of: album)
    var positions: [Int64] = []
    var removed: [Int64] = []
    for (position, member) in members.enumerated() where wanted.contains(member.asset) {
      positions.append(Int64(position))
      removed.append(member.asset)
      try database.withStatement("DELETE FROM album_members WHERE album_id = ? AND rank = ?") {
        row in
        try row.bind(album, at: 1)
        try row.bind(member.rank, at: 2)
        try row.run()
      }
      writer.changes.assets.note(member.asset)
    }
    if removed.isEmpty { return }
    try finish(
      .membersRemoved(album: album, positions: positions, assets: removed),
      members.count - removed.count, album)
  }

  /// Gives these members the places they have together, in this order; the others stay where they are.
  func orderMembers(_ assets: [Int64], of album: Int64) throws {
    var members = try members(of: album)
    let there = Set(members.map(\.asset))
    var seen: Set<Int64> = []
    let wanted = assets.filter { there.contains($0) && seen.insert($0).inserted }
    let slots = members.indices.filter { seen.contains(members[$0].asset) }
    let before = slots.map { members[$0].asset }
    if before == wanted { return }
    for (slot, asset) in zip(slots, wanted) {
      members[slot] = Member(rank: members[slot].rank, asset: asset)
    }
    try rewrite(members, of: album, keepsRanks: true)
    try finish(.membersOrdered(album: album, assets: before), members.count, album)
  }

  private func insert(_ member: Member, of album: Int64) throws {
    try database.withStatement(
      "INSERT INTO album_members (album_id, rank, asset_id) VALUES (?, ?, ?)"
    ) { row in
      try row.bind(album, at: 1)
      try row.bind(member.rank, at: 2)
      try row.bind(member.asset, at: 3)
      try row.run()
    }
  }

  private func rewrite(_ members: [Member], of album: Int64, keepsRanks: Bool = false) throws {
    try database.withStatement("DELETE FROM album_members WHERE album_id = ?") { row in
      try row.bind(album, at: 1)
      try row.run()
    }
    for (position, member) in members.enumerated() {
      let rank = keepsRanks ? member.rank : Int64(position + 1) * Self.rankStep
      try insert(Member(rank: rank, asset: member.asset), of: album)
    }
  }

  private func finish(_ step: UndoStep, _ count: Int, _ album: Int64) throws {
    try database.withStatement("UPDATE albums SET member_count = ? WHERE id = ?") { row in
      try row.bind(count, at: 1)
      try row.bind(album, at: 2)
      try row.run()
    }
    try undo?.record(step)
    writer.changes.albums.note(album)
    switch step {
    case .membersInserted(_, let assets), .membersRemoved(_, _, let assets):
      changedAssetCount += assets.count
    case .membersOrdered(_, let assets): changedAssetCount += assets.count
    default: break
    }
  }
}
