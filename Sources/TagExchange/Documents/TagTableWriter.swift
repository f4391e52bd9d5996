import Catalog
import Platform

/// Writes a table of tags that `TagTable` reads: comma-separated values (RFC 4180), a picture a row.
package final class TagTableWriter {
  private let output: OutputFile

  /// Begins a table with the names of its columns.
  package init(_ output: OutputFile) throws(ExchangeError) {
    self.output = output
    try output.write("path,tags,rating,stars,favourite,note,sources\r\n".utf8)
  }

  /// Adds a picture: the tags it has, with their categories; not who gave them, nor what was taken away.
  package func write(_ path: FilePath, _ picture: PictureTags) throws(ExchangeError) {
    var row: [UInt8] = []
    Self.append(path.bytes, to: &row)
    let tags = picture.tags.lazy.filter { !$0.isRemoved }.map { TagNamespaces.text($0) }
    let fields = [
      TagListText.text(tags), picture.rating.flatMap { $0 == .none ? nil : $0.name } ?? "",
      picture.stars.map { String($0) } ?? "", picture.isFavourite.map { String($0) } ?? "",
      picture.note ?? "", picture.sources.joined(separator: " "),
    ]
    for field in fields {
      row.append(UInt8(ascii: ","))
      Self.append(Array(field.utf8), to: &row)
    }
    try output.write(row + [0x0D, 0x0A])
  }

  /// Ends the table and puts it into its place.
  package func finish() throws(ExchangeError) { try output.finish() }

  private static func append(_ field: [UInt8], to row: inout [UInt8]) {
    let needsQuotes = field.contains { byte in
      byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"") || byte < 0x20
    }
    guard needsQuotes else { return row.append(contentsOf: field) }
    row.append(UInt8(ascii: "\""))
    for byte in field {
      if byte == UInt8(ascii: "\"") { row.append(byte) }
      row.append(byte)
    }
    row.append(UInt8(ascii: "\""))
  }
}
