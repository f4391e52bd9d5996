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
  /// - Parameter direct: how much each folder has itself, by place.
  /// - Returns: places with how much is in them and below, none without.
  func division(direct: [Int]) -> [(place: Int, count: Int)] {
    var totals = direct
    for place in parents.indices.reversed() where Int(parents[place]) != place {
      totals[Int(parents[place])] += totals[place]
    }
    var level = parents.indices.filter { Int(parents[$0]) == $0 && totals[$0] > 0 }
    var isRoots = true
    while true {
      // Roots have no name of their own below themselves: what is in them stands for them.
      let single = level.count == 1 ? level[0] : nil
      guard isRoots || single.map({ direct[$0] == 0 }) ?? false else { break }
      let above = Set(level)
      let below = parents.indices.filter {
        Int(parents[$0]) != $0 && above.contains(Int(parents[$0])) && totals[$0] > 0
      }
      if below.isEmpty, !isRoots { break }
      level = below
      isRoots = false
    }
    return level.map { ($0, totals[$0]) }
  }
}
