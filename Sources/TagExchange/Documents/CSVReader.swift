/// Reads comma-separated values (RFC 4180) row by row: quotes, doubled quotes and line ends inside of
/// them, CRLF or LF, a byte order mark.
///
/// A bad row costs itself only: the next one begins on the line after the one it began on, so a quote
/// that nobody closes does not swallow what follows. (What is read twice for that is bounded: an open
/// quote ends at the next line with an odd number of quotes.) One thread at a time.
package struct CSVReader {
  /// A row as it is, or what is wrong with it.
  package enum Row: Sendable, Equatable {
    case fields([[UInt8]], line: Int)
    case bad(ExchangeError)
  }

  /// Bytes of one row: a path and all the tags a picture may have.
  package static let maximumRowByteCount = 2 << 20
  /// Fields of one row.
  package static let maximumFieldCount = 256

  private var feed: ByteFeed

  package init(_ feed: ByteFeed) { self.feed = feed }

  private enum State { case start, plain, quoted, closed }

  /// The next row that is not empty; nil at the end.
  package mutating func next() throws(ExchangeError) -> Row? {
    while let row = try nextLine() {
      if case .fields(let fields, _) = row, fields.count == 1, fields[0].isEmpty { continue }
      return row
    }
    return nil
  }

  private mutating func nextLine() throws(ExchangeError) -> Row? {
    guard try feed.peek() != nil else { return nil }
    let line = feed.line
    var taken: [UInt8] = []
    var fields: [[UInt8]] = []
    var field: [UInt8] = []
    var state = State.start
    while let byte = try feed.next() {
      taken.append(byte)
      guard taken.count <= Self.maximumRowByteCount else {
        return bad("the row has more than \(Self.maximumRowByteCount) bytes", line, taken)
      }
      switch (state, byte) {
      case (.quoted, UInt8(ascii: "\"")): state = .closed
      case (.quoted, _): field.append(byte)
      case (.closed, UInt8(ascii: "\"")):
        field.append(byte)
        state = .quoted
      case (_, UInt8(ascii: ",")):
        fields.append(field)
        field = []
        state = .start
        guard fields.count < Self.maximumFieldCount else {
          return bad("the row has more than \(Self.maximumFieldCount) fields", line, taken)
        }
      case (_, 0x0A):
        fields.append(field)
        return .fields(fields, line: line)
      case (_, 0x0D) where try feed.peek() == 0x0A: continue
      case (.start, UInt8(ascii: "\"")): state = .quoted
      case (.closed, _):
        return bad(
          "a field goes on behind its closing quote; quotes inside of a field are doubled", line,
          taken)
      default:
        field.append(byte)
        state = .plain
      }
    }
    if state == .quoted { return bad("a quote is opened and never closed", line, taken) }
    fields.append(field)
    return .fields(fields, line: line)
  }

  /// Reports the row that begins on `line` and goes on with the line after that.
  private mutating func bad(_ reason: String, _ line: Int, _ taken: [UInt8]) -> Row {
    if let end = taken.firstIndex(of: 0x0A) {
      feed.giveBack(taken[(end + 1)...])
    } else {
      skipLine()
    }
    return .bad(ExchangeError(feed.path, line: line, "\(reason)."))
  }

  private mutating func skipLine() {
    // An error of the disk comes again with the next row.
    while let byte = try? feed.next(), byte != 0x0A {}
  }
}
