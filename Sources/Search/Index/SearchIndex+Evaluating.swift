extension SearchIndex {
  /// Up to so many ids are tested one by one, and kept as a list.
  static let fewIDs = 4096

  /// What matches a query. Complexity: for each part of the query a few passes over as many bits as there
  /// are ids; when one part that must hold has few assets, a test for each of them.
  package func evaluate(_ node: PlanNode) throws(SearchIndexError) -> ResultSet {
    let plan = try Planner(self).plan(node)
    if let ids = few(plan) { return ResultSet(ids: ids, scratch: scratch) }
    let target = try scratch.bitmaps(store.chunks.count)
    let evaluator = ChunkEvaluator(store: store, scratch: scratch)
    var counts: [Int] = []
    do throws(SearchIndexError) {
      for slot in store.chunks.indices {
        counts.append(try evaluator.evaluate(plan, slot, into: target[slot], level: 0))
      }
    } catch {
      scratch.takeBack(target)
      throw error
    }
    return ResultSet(target, counts: counts, store: store, scratch: scratch)
  }

  /// The result as a list of ids, if one is at hand that is short and must hold all of it.
  private func few(_ plan: Planned) -> [UInt32]? {
    switch plan.operation {
    case .nothing: return []
    case .ids(let ids): return ids.count <= Self.fewIDs ? ids : nil
    case .list(let list): return list.count <= Self.fewIDs ? unpacked(list) : nil
    case .and(let parts):
      // Parts come by how many they find at most: a list may stand behind a test with few values.
      guard let place = parts.prefix(4).firstIndex(where: isShortList),
        var ids = few(parts[place])
      else { return nil }
      let filter = IDFilter(store: store)
      for (other, part) in parts.enumerated() where other != place && !ids.isEmpty {
        ids = filter.filter(ids, by: part)
      }
      return ids
    default: return nil
    }
  }

  private func isShortList(_ part: Planned) -> Bool {
    switch part.operation {
    case .ids(let ids): ids.count <= Self.fewIDs
    case .list(let list): list.count <= Self.fewIDs
    default: false
    }
  }

  private func unpacked(_ list: PackedList) -> [UInt32] {
    unsafe [UInt32](unsafeUninitializedCapacity: list.count) { target, count in
      if let start = target.baseAddress { count = unsafe list.unpack(into: start) }
    }
  }
}
