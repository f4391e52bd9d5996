import Catalog
import Media

/// What a picture's tags are in XMP, and back.
///
/// Albumen's own list has each tag as `origin|category|name`: `user|character|saber`,
/// `model:87|general|sea`, and with a `-` in front what the user took away. In categories `%` and `|`
/// are written as `%25` and `%7C`; names come last and stand as they are.
package enum SidecarMapping {
  /// What to write for a picture.
  package static func edit(_ picture: PictureTags) -> SidecarEdit {
    var edit = SidecarEdit()
    for tag in picture.tags {
      if tag.isRemoved {
        edit.removedKeywords.append(tag.name.text)
      } else {
        edit.keywords.append(tag.name.text)
      }
      edit.state.tags.append(item(tag))
    }
    edit.stars = picture.stars
    edit.state.contentRating = picture.rating.flatMap { $0 == .none ? nil : $0.name }
    edit.state.isFavourite = picture.isFavourite
    edit.state.note = picture.note.map(escaped)
    return edit
  }

  /// What a file's metadata say: Albumen's own list when it wrote one, else the keywords.
  ///
  /// A keyword that is only a level of a hierarchical one (`Rome` beside `place/europe/Rome`, as
  /// Lightroom and digiKam write both) is not a tag of its own.
  package static func picture(_ metadata: DeepMetadata) -> (PictureTags, skippedCount: Int) {
    var picture = PictureTags()
    var skipped = 0
    if let state = metadata.state {
      // A file's own stars are the catalog's business: they yield to the user's.
      picture.stars = metadata.rating
      picture.rating = state.contentRating.flatMap { ContentRating(name: $0) }
      picture.isFavourite = state.isFavourite
      picture.note = state.note.map(plain)
      for item in state.tags {
        if let tag = tag(item) { picture.add(tag) } else { skipped += 1 }
      }
      // What others added since.
      let known = Set(picture.tags.flatMap { [$0.name.key] + $0.name.levels })
      for name in KeywordImport.names(metadata.keywords) where !known.contains(name.key) {
        picture.add(NamedTag(name))
      }
      return (picture, skipped)
    }
    for name in KeywordImport.names(metadata.keywords) { picture.add(NamedTag(name)) }
    return (picture, skipped)
  }

  static func item(_ tag: NamedTag) -> String {
    var origin = tag.isRemoved ? "-" : ""
    origin += tag.origin.name
    if tag.origin == .model { origin += ":\(tag.confidence)" }
    let category = (tag.category ?? "general")
      .replacing("%", with: "%25").replacing("|", with: "%7C")
    return "\(origin)|\(category)|\(tag.name.text)"
  }

  static func tag(_ item: String) -> NamedTag? {
    let parts = item.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let name = try? TagName(String(parts[2])) else { return nil }
    let isRemoved = parts[0].hasPrefix("-")
    let words = parts[0].drop { $0 == "-" }.split(separator: ":", maxSplits: 1)
    guard let word = words.first, let origin = TagOrigin(name: String(word)) else { return nil }
    let confidence = words.count > 1 ? UInt8(words[1]) : 0
    guard let confidence, origin == .model || words.count == 1 else { return nil }
    let category = parts[1].replacing("%7C", with: "|").replacing("%25", with: "%")
    return NamedTag(
      name, category: category.isEmpty ? nil : String(category), origin: origin,
      confidence: confidence, isRemoved: isRemoved)
  }

  // XMP is XML, and readers of metadata drop control characters.
  private static func escaped(_ note: String) -> String {
    note.replacing("\\", with: "\\\\").replacing("\r", with: "\\r").replacing("\n", with: "\\n")
      .replacing("\t", with: "\\t")
  }

  private static func plain(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if isEscaped {
        switch scalar {
        case "n": plain.append("\n")
        case "r": plain.append("\r")
        case "t": plain.append("\t")
        default: plain.append(scalar)
        }
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else {
        plain.append(scalar)
      }
    }
    return String(plain)
  }
}

extension TagName {
  /// The keys of its levels alone, when it has several.
  fileprivate var levels: [String] {
    key.contains("/") ? key.split(separator: "/").map(String.init) : []
  }
}
