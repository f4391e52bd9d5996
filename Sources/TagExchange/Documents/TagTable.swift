import Catalog
import Platform

/// Reads tables of tags: `path,tags[,rating,stars,favourite,note,sources]`, one picture a row, as
/// comma-separated values.
///
/// The first row may name the columns, in any order; without names they are a path and its tags. Names
/// that are not known are passed over. A bad row is reported with its line, and the rest is read.
package struct TagTable {
  /// One picture of a table.
  package struct Entry: Sendable, Equatable {
    /// The path as the table has it; perhaps relative.
    package let path: FilePath
    package let picture: PictureTags
    package let line: Int
  }

  private enum Column { case path, tags, rating, stars, favourite, note, sources }

  private static let columnNames: [String: Column] = [
    "path": .path, "file": .path, "filename": .path, "file_name": .path, "image": .path,
    "tags": .tags, "caption": .tags, "keywords": .tags,
    "rating": .rating, "stars": .stars, "favourite": .favourite, "favorite": .favourite,
    "note": .note, "source": .sources, "sources": .sources,
  ]

  private let file: FilePath
  private let namespaces: TagNamespaces
  private let separator: TagListText.Separator
  private var reader: CSVReader
  private var columns: [Column?]?
  private var hasToldLatin1 = false
  /// What was wrong so far.
  package private(set) var issues = ExchangeIssues()
  /// Rows that were no pictures.
  package private(set) var badRowCount = 0

  package init(
    _ feed: ByteFeed, namespaces: TagNamespaces, separator: TagListText.Separator = .automatic
  ) {
    file = feed.path
    self.namespaces = namespaces
    self.separator = separator
    reader = CSVReader(feed)
  }

  /// The next picture; nil at the end.
  ///
  /// - Throws: `ExchangeError` when the file cannot be read on.
  package mutating func next() throws(ExchangeError) -> Entry? {
    while let row = try reader.next() {
      switch row {
      case .bad(let error): refuse(error)
      case .fields(let fields, let line):
        guard let columns else {
          if takeHeader(fields) { continue }
          self.columns = [.path, .tags]
          if let entry = entry(fields, line, [.path, .tags]) { return entry }
          continue
        }
        if let entry = entry(fields, line, columns) { return entry }
      }
    }
    return nil
  }

  private mutating func takeHeader(_ fields: [[UInt8]]) -> Bool {
    let found = fields.map { field in
      Self.columnNames[
        TagNamespaces.trimmed(String(decoding: field, as: UTF8.self).lowercased())]
    }
    let knownCount = found.count(where: { $0 != nil })
    guard found.contains(.path), found.count == 1 || knownCount > 1 else {
      return false
    }
    columns = found
    return true
  }

  private mutating func refuse(_ error: ExchangeError) {
    badRowCount += 1
    issues.add(error)
  }

  private mutating func entry(_ fields: [[UInt8]], _ line: Int, _ columns: [Column?]) -> Entry? {
    guard fields.count <= columns.count else {
      refuse(
        ExchangeError(
          file, line: line,
          "the row has \(fields.count) fields and the table \(columns.count) columns; put fields "
            + "with commas into quotes."))
      return nil
    }
    var path: FilePath?
    var reading = SidecarReading(path: file, namespaces: namespaces)
    for (field, column) in zip(fields, columns) where !field.isEmpty {
      guard let column else { continue }
      if column == .path {
        guard field.count <= 4096, !field.contains(0) else {
          refuse(
            ExchangeError(file, line: line, "the path is longer than 4,096 bytes or has a NUL."))
          return nil
        }
        path = FilePath(bytes: field)
        continue
      }
      guard let text = text(field, line) else { return nil }
      if let problem = take(text, column, line, into: &reading) {
        refuse(ExchangeError(file, line: line, problem))
        return nil
      }
    }
    guard let path else {
      refuse(ExchangeError(file, line: line, "the row names no file."))
      return nil
    }
    issues.add(reading.issues)
    return Entry(path: path, picture: reading.picture, line: line)
  }

  private mutating func text(_ field: [UInt8], _ line: Int) -> String? {
    guard let decoded = DecodedText(field[...]) else {
      refuse(ExchangeError(file, line: line, DecodedText.binaryReason))
      return nil
    }
    if decoded.isLatin1, !hasToldLatin1 {
      hasToldLatin1 = true
      issues.add(ExchangeError(file, line: line, DecodedText.latin1Notice))
    }
    return decoded.text
  }

  /// What is wrong with a field; nil when nothing is.
  private func take(
    _ text: String, _ column: Column, _ line: Int, into reading: inout SidecarReading
  ) -> String? {
    let word = TagNamespaces.trimmed(text)
    switch column {
    case .path: break
    case .tags:
      for part in TagListText.parts(text, separator: separator) { reading.add(part, line: line) }
    case .rating:
      guard let rating = RatingWords.rating(word) else {
        return
          "\"\(word.prefix(40))\" is no rating; it is general, sensitive, questionable or explicit."
      }
      reading.picture.rating = rating
    case .stars:
      guard let stars = Int(word), (-1...5).contains(stars) else {
        return "\"\(word.prefix(40))\" is no number of stars; it is 0 to 5, or -1 for rejected."
      }
      reading.picture.stars = stars
    case .favourite:
      switch word.lowercased() {
      case "1", "true", "yes": reading.picture.isFavourite = true
      case "0", "false", "no": reading.picture.isFavourite = false
      default: return "\"\(word.prefix(40))\" is neither true nor false."
      }
    case .note:
      guard text.utf8.count <= PictureTags.maximumNoteByteCount else {
        return "the note has more than \(PictureTags.maximumNoteByteCount) bytes."
      }
      reading.picture.note = text
    case .sources:
      for url in text.split(separator: " ") { reading.picture.addSource(String(url)) }
    }
    return nil
  }
}
