import Catalog

/// Which folder is in which, by their places in natural order: a folder comes before what is in it.
struct FolderTree {
  // By place; its own place for a root's.
  private var parents: [UInt32] = []

  /// How many folders there are.
  var count: Int { parents.count }

  /// What it takes.
  var byteCount: Int { parents.capacity * 4 }

  /// - Parameter places: in order.
  init(_ places: FolderPlaces, in database: Database) throws {
    parents = (0..<places.count).map { UInt32($0) }
    try database.forEachFolderParent { folder, parent in
      guard let place = places.known(folder), let above = parent.flatMap({ places.known($0) })
      else { return }
      parents[Int(place)] = UInt32(above)
    }
  }

  /// The folders something divides into: those in the deepest folder that has all of it.
  ///
  /// - Parameter counts: how much each folder has itself, by place; then how much is in it and below.
  /// - Returns: places with how much is in them and below, none without.
  func division(_ counts: ValueCounts) -> [(place: Int, count: Int)] {
    for place in parents.indices.reversed() where Int(parents[place]) != place {
      counts.add(counts[Int64(place)], to: Int64(parents[place]))
    }
    // By parents; a root is its own.
    var level = below { $0 == $1 }.filter { counts[Int64($0)] > 0 }
    var isRoots = true
    while true {
      let above = Set(level)
      let next = below { $0 != $1 && above.contains($1) }.filter { counts[Int64($0)] > 0 }
      // Roots have no name of their own below themselves: what is in them stands for them. Below, one
      // folder that has nothing itself divides no more than what is in it.
      if !isRoots {
        guard level.count == 1, let only = level.first, !next.isEmpty,
          next.reduce(0, { $0 + counts[Int64($1)] }) == counts[Int64(only)]
        else { break }
      }
      level = next
      isRoots = false
    }
    return level.map { ($0, counts[Int64($0)]) }
  }

  private func below(_ isWanted: (_ place: Int, _ parent: Int) -> Bool) -> [Int] {
    parents.indices.filter { isWanted($0, Int(parents[$0])) }
  }
}
