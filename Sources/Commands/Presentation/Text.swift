/// Numbers as people read them.
enum Text {
  /// `1.5 MiB`; whole bytes below 1 KiB.
  static func bytes(_ count: some BinaryInteger) -> String {
    let count = Double(count)
    guard abs(count) >= 1024 else { return "\(Int(count)) B" }
    var scaled = count
    var unit = ""
    for next in ["KiB", "MiB", "GiB", "TiB"] where abs(scaled) >= 1024 {
      scaled /= 1024
      unit = next
    }
    let tenths = (scaled * 10).rounded() / 10
    return abs(tenths) >= 100 ? "\(Int(tenths.rounded())) \(unit)" : "\(tenths) \(unit)"
  }

  /// `12,345`.
  static func count(_ value: some BinaryInteger) -> String {
    var digits = Array(String(value.magnitude))
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: index)
      index -= 3
    }
    return (value < 0 ? "-" : "") + String(digits)
  }

  /// `1 picture`, `12,345 pictures`.
  static func count(_ value: some BinaryInteger, of noun: String) -> String {
    "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
  }

  /// `850 ms`, `12.3 s`, `4 min 5 s`.
  static func duration(milliseconds: Int) -> String {
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    if milliseconds < 60_000 { return "\(Double(milliseconds / 100) / 10) s" }
    let seconds = milliseconds / 1000
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }

  private static func isObeyed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// A name on one line: what file names may hold and a terminal may obey (control characters, those
  /// of 8 bits included, and what turns the direction of text) becomes a visible escape.
  static func oneLine(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { isObeyed($0) }) else { return text }
    var safe = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A: safe += "\\n"
      case 0x0D: safe += "\\r"
      case 0x09: safe += "\\t"
      default:
        if isObeyed(scalar) {
          let digits = String(scalar.value, radix: 16)
          safe += scalar.value < 0x100 ? "\\x" + digits : "\\u{" + digits + "}"
        } else {
          safe.unicodeScalars.append(scalar)
        }
      }
    }
    return safe
  }
}

/// Rows under headings, columns as wide as they must be; numbers to the right.
struct Table {
  /// A column's heading and side.
  struct Column {
    let heading: String
    var isNumeric = false
  }

  let columns: [Column]
  private(set) var rows: [[String]] = []

  /// An empty table.
  init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row, one cell a column.
  mutating func add(_ cells: String...) {
    precondition(cells.count == columns.count, "a row needs a cell for each column")
    rows.append(cells)
  }

  /// The lines, the heading first.
  var lines: [String] {
    let all = [columns.map(\.heading)] + rows
    let widths = columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[index] - cell.count)
        line +=
          (index > 0 ? "  " : "") + (columns[index].isNumeric ? padding + cell : cell + padding)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
