import Media
import Search

@testable import Catalog

/// Which assets, a bit for each place in the library.
struct OracleAnswer: Hashable {
  var words: [UInt64]
  let count: Int

  init(_ places: some Collection<Bool>) {
    count = places.count
    words = [UInt64](repeating: 0, count: (count + 63) / 64)
    for (place, isIn) in places.enumerated() where isIn {
      words[place / 64] |= 1 << UInt64(place % 64)
    }
  }

  subscript(place: Int) -> Bool { words[place / 64] >> UInt64(place % 64) & 1 != 0 }

  var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
  var isAll: Bool { words.reduce(0) { $0 + $1.nonzeroBitCount } == count }

  func combined(_ other: OracleAnswer, _ combine: (UInt64, UInt64) -> UInt64) -> OracleAnswer {
    var answer = self
    for index in words.indices { answer.words[index] = combine(words[index], other.words[index]) }
    return answer
  }
}

/// Answers queries asset by asset from the expression alone, without names being looked up, plans or
/// bitmaps. An answer to a part without parts is kept.
final class OracleEvaluator {
  let library: OracleLibrary
  private var kept: [Expression: OracleAnswer] = [:]
  private let everything: OracleAnswer

  init(_ library: OracleLibrary) {
    self.library = library
    everything = OracleAnswer(library.assets.map { _ in true })
  }

  func answer(_ expression: Expression) -> OracleAnswer {
    switch expression {
    case .and(let parts): return parts.map(answer).reduce(everything) { $0.combined($1, &) }
    case .or(let parts):
      return parts.map(answer).reduce(answer(.not(.everything))) { $0.combined($1, |) }
    case .not(let part): return everything.combined(answer(part)) { $0 & ~$1 }
    case .atLeast(let least, let parts):
      let answers = parts.map(answer)
      return OracleAnswer(
        library.assets.indices.map { place in answers.count { $0[place] } >= least })
    default:
      if let known = kept[expression] { return known }
      let answer = OracleAnswer(library.assets.map(test(expression)))
      kept[expression] = answer
      return answer
    }
  }

  private func test(_ expression: Expression) -> (OracleAsset) -> Bool {
    switch expression {
    case .tag(let pattern, let category):
      let tags = tags(pattern, category)
      return { !$0.tags.isDisjoint(with: tags) }
    case .range(let field, let lower, let upper):
      return { asset in
        guard let value = asset.numbers[field] else { return false }
        return value >= lower ?? .min && value <= upper ?? .max
      }
    case .flag(let flag): return { $0.flags.contains(flag) }
    case .values(let field, let patterns):
      return { asset in patterns.contains { self.has($0, field, asset) } }
    case .near(let latitude, let longitude, let kilometres):
      return { asset in
        guard let place = asset.position else { return false }
        return GreatCircle.kilometres(
          latitude: latitude, longitude: longitude, toLatitude: place.latitude,
          toLongitude: place.longitude) <= kilometres
      }
    case .text(let text):
      let wanted = Array(text.lowercased())
      return { self.contains(Array(($0.names[.filename] ?? "").lowercased()), wanted) }
    case .similar(let asset): return { Int64($0.id) == asset.rawValue }
    case .everything, .and, .or, .not, .atLeast: return { _ in true }
    }
  }

  /// The tags a word means.
  private func tags(_ pattern: NamePattern, _ category: String?) -> Set<Int> {
    var pattern = pattern
    var wanted: TagCategoryID?
    if let category {
      wanted = library.categories.first { key($0.name) == key(category) }?.id
      if wanted == nil { pattern = Expression.uncategorised(pattern, category: category) }
    }
    let pieces = pieces(pattern, key)
    return Set(
      library.tags.indices.filter { index in
        let tag = library.tags[index]
        return (wanted == nil || wanted == tag.category)
          && ([tag.name] + tag.aliases).contains { fits(Array(key($0))[...], pieces[...]) }
      })
  }

  private func key(_ name: String) -> String {
    name.lowercased().replacing(" ", with: "_")
  }

  private func has(_ pattern: NamePattern, _ field: NameField, _ asset: OracleAsset) -> Bool {
    switch field {
    case .rating: return (asset.names[.rating] ?? "none") == pattern.literal
    case .type:
      let kind = asset.format.kind == .video ? "video" : "image"
      return pattern.literal == kind || pattern.literal == asset.format.name
    case .folder:
      let folder = Array((asset.names[.folder] ?? "").lowercased())
      // It or one above it; the library's own folder is above all.
      return folder.indices.contains { folder[$0] == "/" && isAll(pattern, folder[..<$0]) }
        || isAll(pattern, folder[...]) || isAll(pattern, [])
    default:
      guard let name = asset.names[field], !name.isEmpty else { return false }
      let value = Array(name.lowercased())
      if let literal = pattern.literal, field.findsPartsOfValues {
        return contains(value, Array(literal.lowercased()))
      }
      return isAll(pattern, value[...])
    }
  }

  private func isAll(_ pattern: NamePattern, _ value: ArraySlice<Character>) -> Bool {
    // A star alone is a value at all.
    if pattern.pieces == [.anything] { return !value.isEmpty }
    return fits(value, pieces(pattern) { $0.lowercased() }[...])
  }

  private func contains(_ value: [Character], _ part: [Character]) -> Bool {
    value.indices.contains { value[$0...].starts(with: part) }
  }

  private func pieces(_ pattern: NamePattern, _ fold: (String) -> String) -> [[Character]?] {
    pattern.pieces.map { piece in
      if case .literal(let text) = piece { Array(fold(text)) } else { nil }
    }
  }

  /// Tries everything a star could stand for.
  private func fits(_ text: ArraySlice<Character>, _ pieces: ArraySlice<[Character]?>) -> Bool {
    guard let piece = pieces.first else { return text.isEmpty }
    guard let literal = piece else {
      return (text.startIndex...text.endIndex).contains { fits(text[$0...], pieces.dropFirst()) }
    }
    return text.starts(with: literal) && fits(text.dropFirst(literal.count), pieces.dropFirst())
  }
}
