import Foundation
import Search
import Testing

/// What `docs/search.md` promises.
@Suite struct ManualTests {
  private let manual: String

  init() throws {
    let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
    manual = try String(contentsOf: root.appending(path: "docs/search.md"), encoding: .utf8)
  }

  /// The code in a cell of a table.
  private func code(_ cell: Substring) -> [String] {
    cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .compactMap { $0.offset % 2 == 1 ? String($0.element) : nil }
  }

  /// The rows of all tables whose first line begins like this.
  private func rows(_ head: String) -> [[Substring]] {
    var rows: [[Substring]] = []
    var isInside = false
    for line in manual.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix(head) {
        isInside = true
      } else if !line.hasPrefix("|") {
        isInside = false
      } else if isInside, !line.hasPrefix("|---") {
        rows.append(
          line.replacing("\\|", with: "\u{1}").split(separator: "|")
            .map { $0.replacing("\u{1}", with: "|") })
      }
    }
    return rows
  }

  @Test func `every example is a query`() throws {
    var count = 0
    let examples =
      rows("| you type").flatMap { code($0[0]) } + rows("| sign").flatMap { code($0[2]) }
      + rows("| field").flatMap { code($0[2]) }
    for example in examples {
      _ = try parsed(example)
      count += 1
    }
    #expect(count > 100)
  }

  @Test func `every field stands in the table, with its words, and in the grammar`() throws {
    let rows = rows("| field")
    let named = rows.flatMap { row in code(row[0]).map { (String($0.dropLast()), row[1]) } }
    #expect(Set(named.map(\.0)) == Set(QueryField.all.map(\.name)))
    for field in QueryField.all {
      let row = try #require(named.first { $0.0 == field.name })
      switch field.kind {
      case .names(.type), .order: break
      default: for word in field.words { #expect(row.1.contains("`\(word)`"), "\(word)") }
      }
      #expect(manual.contains("\"\(field.name)\"") || manual.contains("\"\(field.name):\""))
    }
    for order in OrderField.allCases { #expect(manual.contains("\"\(order.rawValue)\"")) }
  }

  @Test func `every example of a field is a query of that field`() throws {
    for field in QueryField.all {
      #expect(field.example.hasPrefix(field.name + ":"))
      _ = try parsed(field.example)
    }
  }
}
