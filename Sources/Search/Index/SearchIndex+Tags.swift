extension SearchIndex {
  /// From here on a tag is kept as bitmaps; they take two bits for an asset that has it where one in
  /// sixteen does, and are ten times as fast as a list. Below two thirds of that it goes back.
  private var denseBound: Int { max(4096, assetCount / 16) }

  /// Changes the assets of a tag; both ascending, all of them there.
  func change(
    _ tag: UInt32, adding added: UnsafeBufferPointer<UInt32>,
    removing removed: UnsafeBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    guard !added.isEmpty || !removed.isEmpty else { return }
    tagVersion += 1
    switch tags[tag] {
    case .dense(let dense):
      defer { tags.denseDidChange(tag) }
      for index in added.indices {
        let id = unsafe added[index]
        try dense.insert(id, slot: store.knownSlot(id))
      }
      for index in removed.indices {
        let id = unsafe removed[index]
        if let slot = store.slot(of: id) { dense.remove(id, slot: slot) }
      }
    case let sparse:
      try unsafe changeSparse(tag, sparse, adding: added, removing: removed)
    }
    try demoteIfRare(tag)
  }

  private func changeSparse(
    _ tag: UInt32, _ old: Postings, adding added: UnsafeBufferPointer<UInt32>,
    removing removed: UnsafeBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    if old.count + added.count > denseBound {
      return try unsafe promote(tag, old, adding: added, removing: removed)
    }
    // What stands before the first change stays as it is.
    var kept = 0
    var before = 0
    let existing: UnsafeMutablePointer<UInt32>
    switch old {
    case .list(let list):
      let first = unsafe min(added.first ?? .max, removed.first ?? .max)
      kept = list.block(of: first)
      unsafe existing = try unpacked.start(for: list.count - kept * PackedList.idsInBlock)
      before = unsafe list.unpack(from: kept, into: existing)
    case .one(let id):
      unsafe existing = try unpacked.start(for: 1)
      unsafe existing[0] = id
      before = 1
    default: unsafe existing = try unpacked.start(for: 0)
    }
    let room = try unsafe merged.room(for: before + added.count)
    let count = unsafe merge(
      UnsafeBufferPointer(start: existing, count: before), adding: added, removing: removed,
      into: room)
    // Of a list nothing may be left but whole blocks: the last of them is the end then.
    try unsafe tags.setList(tag, keeping: kept, then: UnsafeBufferPointer(rebasing: room[..<count]))
  }

  /// Existing ids, with those added and without those removed; answers how many.
  private func merge(
    _ existing: UnsafeBufferPointer<UInt32>, adding added: UnsafeBufferPointer<UInt32>,
    removing removed: UnsafeBufferPointer<UInt32>, into target: UnsafeMutableBufferPointer<UInt32>
  ) -> Int {
    var (left, right, gone, count) = (0, 0, 0, 0)
    while left < existing.count || right < added.count {
      let id: UInt32
      let takesExisting =
        unsafe right == added.count || (left < existing.count && existing[left] <= added[right])
      if takesExisting {
        id = unsafe existing[left]
        if right < added.count, unsafe added[right] == id { right += 1 }
        left += 1
      } else {
        id = unsafe added[right]
        right += 1
      }
      while gone < removed.count, unsafe removed[gone] < id { gone += 1 }
      if gone < removed.count, unsafe removed[gone] == id { continue }
      if count > 0, unsafe target[count - 1] == id { continue }
      precondition(
        unsafe count == 0 || target[count - 1] < id, "ids of a tag come ascending")
      unsafe target[count] = id
      count += 1
    }
    return count
  }

  private func promote(
    _ tag: UInt32, _ old: Postings, adding added: UnsafeBufferPointer<UInt32>,
    removing removed: UnsafeBufferPointer<UInt32>
  ) throws(SearchIndexError) {
    let dense = DensePostings(memory: memory)
    switch old {
    case .list(let list):
      for slot in store.chunks.indices {
        // Made first: a chunk without any gives its bitmap back below.
        let bits = try dense.bits(making: slot)
        list.set(in: bits, chunk: store.chunks[slot].key)
      }
    case .one(let id): try dense.insert(id, slot: store.knownSlot(id))
    default: break
    }
    dense.recount()
    for index in added.indices {
      let id = unsafe added[index]
      try dense.insert(id, slot: store.knownSlot(id))
    }
    for index in removed.indices {
      let id = unsafe removed[index]
      if let slot = store.slot(of: id) { dense.remove(id, slot: slot) }
    }
    dense.releaseEmpty()
    try tags.setDense(tag, dense)
  }

  func demoteIfRare(_ tag: UInt32) throws(SearchIndexError) {
    guard case .dense(let dense) = tags[tag], dense.count < denseBound * 2 / 3 else { return }
    let room = try unsafe merged.room(for: dense.count)
    var count = 0
    for slot in store.order {
      let base = store.chunks[slot].key << 16
      dense[slot]?.forEach { place in
        unsafe room[count] = base | UInt32(place)
        count += 1
      }
    }
    try unsafe tags.setList(tag, keeping: 0, then: UnsafeBufferPointer(rebasing: room[..<count]))
  }

  /// Takes the tags of some assets away, but those that the pairs name.
  func removeTags(
    of known: [UInt32], except pairs: borrowing TagPairs
  ) throws(SearchIndexError) {
    let touched = try ChunkBitmaps(slotCount: store.chunks.count, memory: work)
    for id in known { touched[store.knownSlot(id)].insert(Int(id & 0xFFFF)) }
    let slots = Array(Set(known.map { store.knownSlot($0) }))
    var start = 0
    for tag in 0..<UInt32(tags.tagBound) {
      let end = pairs.end(of: tag, from: start)
      defer { start = end }
      let held = try held(tags[tag], of: known, touched, slots: slots)
      guard !held.isEmpty else { continue }
      var kept = start
      let gone = held.filter { id in
        while kept < end, pairs.id(kept) < id { kept += 1 }
        return kept == end || pairs.id(kept) != id
      }
      try unsafe gone.withUnsafeBufferPointer { gone throws(SearchIndexError) in
        try unsafe change(tag, adding: UnsafeBufferPointer(start: nil, count: 0), removing: gone)
      }
    }
  }

  /// Those of some ascending ids that have a tag.
  private func held(
    _ postings: Postings, of known: [UInt32], _ touched: ChunkBitmaps, slots: [Int]
  ) throws(SearchIndexError) -> [UInt32] {
    switch postings {
    case .none: return []
    case .one(let id):
      return touched[store.knownSlot(id)].contains(Int(id & 0xFFFF)) ? [id] : []
    case .dense(let dense):
      guard slots.contains(where: { dense[$0]?.count(with: touched[$0]) ?? 0 > 0 }) else {
        return []
      }
      return known.filter { dense[store.knownSlot($0)]?.contains(Int($0 & 0xFFFF)) ?? false }
    case .list(let list):
      if known.count <= 16 { return known.filter(list.contains) }
      if list.count(in: touched, slots: store.slots) == 0 { return [] }
      let all = try unsafe unpacked.start(for: list.count)
      let count = unsafe list.unpack(into: all)
      return unsafe UnsafeBufferPointer(start: all, count: count).filter {
        touched[store.knownSlot($0)].contains(Int($0 & 0xFFFF))
      }
    }
  }
}
