import Catalog

/// Patterns with `*`.
extension TagNames {
  /// The tags of which a name or an alias matches, ascending, each once.
  ///
  /// - Complexity: what a pattern begins with is found by halving; without that, one walk through all
  ///   names for its longest piece.
  package func tags(matching pattern: NamePattern) -> [UInt32] {
    let matcher = WildcardMatcher(
      pieces: pattern.pieces.map { piece in
        if case .literal(let text) = piece { Self.folded(text) } else { nil }
      })
    var found = TagSet(limit: placeOfTag.count)
    if !matcher.prefix.isEmpty {
      for index in places(beginningWith: matcher.prefix) {
        let place = Int(sorted[index])
        if unsafe matcher.matches(Span(_unsafeElements: key(place))) { found.insert(tags[place]) }
      }
      return found.ascending
    }
    let longest = (matcher.middles + [matcher.suffix]).max { $0.count < $1.count } ?? []
    if longest.isEmpty {
      for place in 0..<tags.count where categories[place] != Mark.removed {
        found.insert(tags[place])
      }
    } else {
      forEachName(with: longest) { place, _ in
        if unsafe matcher.matches(Span(_unsafeElements: key(place))) { found.insert(tags[place]) }
        return false
      }
    }
    return found.ascending
  }

  /// What of a name is compared: folded as keys are, but as it stands, blanks at its ends too.
  static func folded(_ text: String) -> [UInt8] {
    Array(TagName.joiningBlanks(UnicodeFolding.folded(text) ?? text).utf8)
  }

  /// Calls `body` with each name that has some bytes in it, by ascending place, and where in the name they
  /// stand; again for each further place of the same name as long as it says so.
  func forEachName(with bytes: [UInt8], _ body: (_ place: Int, _ offset: Int) -> Bool) {
    var place = 0
    unsafe ByteScan.forEachPlace(of: bytes, in: keys.elements) { position in
      while place + 1 < starts.count, Int(starts[place + 1]) <= position { place += 1 }
      let range = keyRange(place)
      let goesOn =
        categories[place] != Mark.removed && body(place, position - range.lowerBound)
      return goesOn ? position + 1 : range.upperBound
    }
  }
}

/// A set of tags that gives them in their order: a bit for each id.
private struct TagSet {
  private var words: [UInt64]

  /// For ids below `limit`.
  init(limit: Int) { words = [UInt64](repeating: 0, count: (limit + 63) / 64) }

  mutating func insert(_ tag: UInt32) { words[Int(tag >> 6)] |= 1 << UInt64(tag & 63) }

  var ascending: [UInt32] {
    var tags: [UInt32] = []
    tags.reserveCapacity(words.reduce(0) { $0 + $1.nonzeroBitCount })
    for (index, word) in words.enumerated() {
      var bits = word
      while bits != 0 {
        tags.append(UInt32(index * 64 + bits.trailingZeroBitCount))
        bits &= bits - 1
      }
    }
    return tags
  }
}
