import Catalog
import Search
import TestSupport

/// Names of tags kept and searched in the plainest way, to compare `TagNames` with.
struct NaiveNames {
  struct Tag {
    var name: TagName
    var category: TagCategoryID
    var aliases: [TagName]
  }

  var tags: [UInt32: Tag] = [:]

  /// Every name with the tag it stands for.
  var all: [(key: [UInt8], tag: UInt32)] {
    tags.flatMap { id, tag in ([tag.name] + tag.aliases).map { (Array($0.key.utf8), id) } }
  }

  func tag(named name: TagName) -> UInt32? {
    all.first { $0.key == Array(name.key.utf8) }?.tag
  }

  func matching(_ pattern: NamePattern) -> [UInt32] {
    let pieces = pattern.pieces.map { piece -> [UInt8]? in
      // Several underscores are one, in patterns as in names.
      if case .literal(let text) = piece {
        Array(text.replacing("__", with: "_").utf8)
      } else {
        nil
      }
    }
    return Set(all.filter { fits($0.key[...], pieces[...]) }.map(\.tag)).sorted()
  }

  /// Tries everything a star could stand for.
  private func fits(_ key: ArraySlice<UInt8>, _ pieces: ArraySlice<[UInt8]?>) -> Bool {
    guard let piece = pieces.first else { return key.isEmpty }
    let rest = pieces.dropFirst()
    guard let literal = piece else {
      return (key.startIndex...key.endIndex).contains { fits(key[$0...], rest) }
    }
    return key.starts(with: literal) && fits(key.dropFirst(literal.count), rest)
  }

  /// The best match of each tag, as kind and count, in no order beyond these two.
  func completions(
    of letters: String, category: TagCategoryID?, count: (UInt32) -> Int
  ) -> [(kind: UInt8, count: Int, tag: UInt32)] {
    let letters = Array(letters.utf8)
    var best: [UInt32: UInt8] = [:]
    for (key, tag) in all where category.map({ tags[tag]?.category == $0 }) ?? true {
      for offset in 0...max(0, key.count - letters.count) where key[offset...].starts(with: letters)
      {
        let isWord = offset > 0 && "_/(-:.".utf8.contains(key[offset - 1])
        let kind: UInt8 =
          offset == 0 ? (key.count == letters.count ? 0 : 1) : isWord ? 2 : 3
        if kind == 3, letters.count == 1 { continue }
        best[tag] = min(best[tag] ?? 9, kind)
      }
    }
    return best.map { ($0.value, count($0.key), $0.key) }
      .sorted { ($0.0, -$0.1) < ($1.0, -$1.1) }
  }
}

extension SeededGenerator {
  /// A name that has not much to it, so that names are like each other.
  mutating func tagName() -> TagName {
    while true {
      var text = ""
      for _ in 0..<Int.random(in: 1...9, using: &self) {
        text +=
          ["a", "b", "B", "_", " ", "/", "(", "é", "É", "東", "-", "ab"]
          .randomElement(using: &self) ?? "a"
      }
      if let name = try? TagName(text) { return name }
    }
  }
}
