import Catalog

/// What comes to mind.
extension TagNames {
  /// More places than this in all names are not looked at for one completion.
  static let placeLimit = 500_000

  /// Tags with a name or an alias in which some letters stand, the best first: what is or begins with
  /// them, then what has a word that does, then the rest; among those the most frequent.
  ///
  /// - Parameters:
  ///   - typed: letters; none gives the most frequent tags.
  ///   - category: only tags of it.
  ///   - limit: how many at most.
  ///   - count: how many assets have a tag; called for all that begin with the letters.
  /// - Complexity: one walk through all names, unless enough of them begin with the letters. One letter is
  ///   looked for at the beginning of words only.
  package func completions(
    of typed: String, category: TagCategoryID? = nil, limit: Int, count: (UInt32) -> Int
  ) -> [TagMatch] {
    guard limit > 0 else { return [] }
    let letters = Self.folded(typed)
    var best = BestMatches(limit: limit)
    func isWanted(_ tag: UInt32) -> Bool {
      guard let category else { return true }
      return self.category(of: tag) == category
    }
    for index in places(beginningWith: letters) {
      let place = Int(sorted[index])
      let tag = tags[place]
      guard isWanted(tag) else { continue }
      let kind: TagMatch.Kind = keyRange(place).count == letters.count ? .whole : .beginning
      let count = count(tag)
      if !best.isHopeless(kind, count) {
        best.insert(TagMatch(tag: tag, kind: kind, count: count, place: place))
      }
    }
    // What stands elsewhere in a name comes after all of these.
    if best.isFull || letters.isEmpty || letters.count > TagName.byteLimit { return best.matches }
    let isOneLetter = letters[0] < 0x80 ? letters.count == 1 : letters.count <= 4
    var placesLeft = Self.placeLimit
    var pending: TagMatch?
    forEachName(with: letters) { place, offset in
      placesLeft -= 1
      guard placesLeft > 0 else { return false }
      if let match = pending, match.place != place {
        best.insert(match)
        pending = nil
      }
      let tag = tags[place]
      // What begins with the letters is there already.
      guard offset > 0, isWanted(tag) else { return false }
      let kind: TagMatch.Kind = startsWord(place, offset) ? .word : .inside
      guard kind == .word || !isOneLetter else { return true }
      let count = count(tag)
      guard !best.isHopeless(kind, count) else {
        return kind != .word && !best.isHopeless(.word, count)
      }
      let match = TagMatch(tag: tag, kind: kind, count: count, place: place)
      if kind == .word {
        pending = nil
        best.insert(match)
        return false
      }
      if pending == nil { pending = match }
      return true
    }
    if let pending { best.insert(pending) }
    return best.matches
  }

  /// Whether a word begins here.
  private func startsWord(_ place: Int, _ offset: Int) -> Bool {
    guard offset > 0 else { return true }
    return switch keys[Int(starts[place]) + offset - 1] {
    case UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "("), UInt8(ascii: "-"),
      UInt8(ascii: ":"), UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Names that differ from one that does not exist by two bytes at most: the nearest first, of those the
  /// most frequent.
  ///
  /// - Complexity: one walk through all names, most of which are passed over by their length and letters.
  package func names(
    like name: String, limit: Int, count: (UInt32) -> Int
  ) -> [String] {
    let letters = Self.folded(name)
    guard (2...TagName.byteLimit).contains(letters.count) else { return [] }
    let most = letters.count <= 4 ? 1 : 2
    let signature = unsafe letters.withUnsafeBufferPointer { unsafe Self.signature($0) }
    var distance = EditDistance(to: letters, limit: most)
    var found: [(distance: Int, match: TagMatch)] = []
    for place in 0..<starts.count where categories[place] != Mark.removed {
      let range = keyRange(place)
      guard abs(range.count - letters.count) <= most else { continue }
      let key = unsafe key(place)
      // A letter that changes takes one kind away and brings another.
      let differences = unsafe (Self.signature(key) ^ signature).nonzeroBitCount
      guard differences <= 2 * most, let edits = unsafe distance.from(Span(_unsafeElements: key))
      else { continue }
      let tag = tags[place]
      let match = TagMatch(tag: tag, kind: .inside, count: count(tag), place: place)
      if let before = found.firstIndex(where: { $0.match.tag == tag }) {
        guard edits < found[before].distance else { continue }
        found.remove(at: before)
      }
      let index =
        found.firstIndex { edits != $0.distance ? edits < $0.distance : match.precedes($0.match) }
        ?? found.count
      if index < limit { found.insert((edits, match), at: index) }
      if found.count > limit { found.removeLast() }
    }
    return found.map { text($0.match.place) }
  }

  /// Which bytes there are in a name, a bit for each of 64 kinds.
  @inline(__always)
  private static func signature(_ key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var signature: UInt64 = 0
    for index in 0..<key.count {
      let byte = unsafe key[index]
      signature |= 1 << UInt64(byte & 63)
    }
    return signature
  }
}
