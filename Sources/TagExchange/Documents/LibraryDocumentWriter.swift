import Catalog
import Platform

/// Writes Albumen's own document: one object of JSON, or JSON lines with an entry on each.
package final class LibraryDocumentWriter {
  private let output: OutputFile
  private let isLines: Bool
  // The list that is open in a document of one object, and whether it has an element.
  private var open: (name: String, hasElement: Bool)?

  /// Begins a document.
  package init(_ output: OutputFile, isLines: Bool) throws(ExchangeError) {
    self.output = output
    self.isLines = isLines
    let head =
      "{\"format\":\"\(LibraryDocument.format)\",\"version\":\(LibraryDocument.version)"
    try output.write((head + (isLines ? "}\n" : "")).utf8)
  }

  /// Adds an entry. In a document of one object those of a kind must follow each other.
  package func write(_ item: LibraryDocument.Item) throws(ExchangeError) {
    var json = JSONWriter()
    let (name, list): (StaticString, String) =
      switch item {
      case .category: ("category", "categories")
      case .tag: ("tag", "tags")
      case .asset: ("asset", "assets")
      case .album: ("album", "albums")
      }
    if isLines {
      json.object { json in
        json.key(name)
        Self.write(item, to: &json)
      }
      return try output.write(json.bytes + [0x0A])
    }
    Self.write(item, to: &json)
    if open?.name != list {
      try output.write(((open == nil ? "" : "\n]") + ",\n\"\(list)\":[\n").utf8)
      open = (list, false)
    }
    if open?.hasElement == true { try output.write(",\n".utf8) }
    open?.hasElement = true
    try output.write(json.bytes)
  }

  /// Ends the document and puts it into its place.
  package func finish() throws(ExchangeError) {
    if !isLines { try output.write(((open == nil ? "" : "\n]") + "}\n").utf8) }
    try output.finish()
  }

  private static func write(_ item: LibraryDocument.Item, to json: inout JSONWriter) {
    json.object { json in
      switch item {
      case .category(let category):
        json.member("name", category.name)
        let digits = String(category.color, radix: 16)
        json.member("color", "#" + String(repeating: "0", count: 6 - digits.count) + digits)
        json.member("position", category.position)
      case .tag(let tag):
        json.member("name", tag.name.text)
        json.member("category", tag.category)
        if let note = tag.note { json.member("note", note) }
        write(tag.aliases.map(\.text), as: "aliases", to: &json)
        write(tag.implied.map(\.text), as: "implies", to: &json)
      case .asset(let asset): write(asset, to: &json)
      case .album(let album):
        json.member("name", album.name)
        json.member("kind", album.kind)
        if let query = album.query { json.member("query", query) }
        if let note = album.note { json.member("note", note) }
        if album.kind != "smart" {
          json.array("members") { json in
            for member in album.members { DocumentPath.write(member, to: &json) }
          }
        }
      }
    }
  }

  private static func write(_ asset: LibraryDocument.Asset, to json: inout JSONWriter) {
    json.key("path")
    DocumentPath.write(asset.path, to: &json)
    if let fingerprint = asset.fingerprint { json.member("fingerprint", fingerprint) }
    if let count = asset.byteCount { json.member("byteCount", count) }
    let picture = asset.picture
    if let stars = picture.stars { json.member("stars", stars) }
    if let rating = picture.rating {
      json.member("rating", rating.name)
      if picture.ratingOrigin != .imported {
        json.member("ratingOrigin", picture.ratingOrigin.name)
      }
    }
    if let isFavourite = picture.isFavourite { json.member("favourite", isFavourite) }
    if let note = picture.note { json.member("note", note) }
    if let parent = picture.parent {
      json.key("parent")
      DocumentPath.write(parent, to: &json)
    }
    write(picture.sources, as: "sources", to: &json)
    guard !picture.tags.isEmpty else { return }
    json.object("tags") { json in
      func names(_ wanted: (NamedTag) -> Bool) -> [String] {
        picture.tags.filter(wanted).map(\.name.text)
      }
      for origin in [TagOrigin.user, .imported, .rule] {
        let said = names { $0.origin == origin && !$0.isRemoved }
        if said.isEmpty { continue }
        json.key(origin.name)
        json.array { json in for name in said { json.string(name) } }
      }
      let models = picture.tags.filter { $0.origin == .model && !$0.isRemoved }
      if !models.isEmpty {
        json.array("model") { json in
          for tag in models {
            json.array { json in
              json.string(tag.name.text)
              json.number(tag.confidence)
            }
          }
        }
      }
      write(names { $0.isRemoved }, as: "removed", to: &json)
    }
  }

  private static func write(_ texts: [String], as name: StaticString, to json: inout JSONWriter) {
    if texts.isEmpty { return }
    json.array(name) { json in for text in texts { json.string(text) } }
  }
}
