/// Tests operations on a few ids, where whole bitmaps would be more work.
struct IDFilter {
  let store: AssetStore

  /// Those of ascending ids, all of them there, that an operation finds.
  func filter(_ ids: [UInt32], by part: Planned) -> [UInt32] {
    let marks = marks(ids, part)
    var kept: [UInt32] = []
    kept.reserveCapacity(ids.count)
    for (id, mark) in zip(ids, marks) where mark != 0 { kept.append(id) }
    return kept
  }

  /// One byte an id: 1 what it finds, 0 what not.
  private func marks(_ ids: [UInt32], _ part: Planned) -> [UInt8] {
    func each(_ passes: (_ slot: Int, _ place: Int) -> Bool) -> [UInt8] {
      ids.map { passes(store.knownSlot($0), Int($0 & 0xFFFF)) ? 1 : 0 }
    }
    switch part.operation {
    case .nothing: return [UInt8](repeating: 0, count: ids.count)
    case .everything: return [UInt8](repeating: 1, count: ids.count)
    case .dense(let dense): return each { dense[$0]?.contains($1) ?? false }
    case .union(let union): return each { union[$0]?.contains($1) ?? false }
    case .flag(let flag): return each { store.chunks[$0].flags[flag]?.contains($1) ?? false }
    case .values(let test): return each { test.passes(store.chunks[$0], $1) }
    case .near(let test): return each { test.passes(store.chunks[$0], $1) }
    case .list(let list): return list.marks(ids)
    case .ids(let wanted):
      var next = 0
      return ids.map { id in
        while next < wanted.count, wanted[next] < id { next += 1 }
        return next < wanted.count && wanted[next] == id ? 1 : 0
      }
    case .not(let inner): return marks(ids, inner).map { 1 - $0 }
    case .and(let parts): return counts(ids, parts).map { $0 == parts.count ? 1 : 0 }
    case .or(let parts): return counts(ids, parts).map { $0 > 0 ? 1 : 0 }
    case .atLeast(let least, let parts): return counts(ids, parts).map { $0 >= least ? 1 : 0 }
    }
  }

  /// How many of the parts find each id.
  private func counts(_ ids: [UInt32], _ parts: [Planned]) -> [Int] {
    var counts = [Int](repeating: 0, count: ids.count)
    for part in parts {
      let marks = marks(ids, part)
      for index in counts.indices { counts[index] += Int(marks[index]) }
    }
    return counts
  }
}
