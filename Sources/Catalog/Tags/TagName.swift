import CUTF8Proc

/// A valid name of a tag.
///
/// `text` is what people see: in normal form C, without blanks at its ends or around `/`. `key` is what
/// is compared: folded, every run of blanks and underscores one underscore. Two names with the same key
/// name the same tag. `/` separates levels, the general one first: `place/europe/rome`.
public struct TagName: Sendable, Hashable, CustomStringConvertible {
  /// What people see, 1…256 bytes of UTF-8.
  public let text: String
  /// What is compared, 1…256 bytes of UTF-8.
  public let key: String

  /// The most bytes a name has, as text and as key.
  public static let byteLimit = 256

  public var description: String { text }

  public static func == (left: TagName, right: TagName) -> Bool { left.key == right.key }
  public func hash(into hasher: inout Hasher) { hasher.combine(key) }

  /// The name somebody typed.
  public init(_ typed: String) throws(TagNameError) {
    let shown = typed.utf8.prefix(64)
    func error(_ reason: TagNameError.Reason) -> TagNameError {
      TagNameError(name: String(decoding: shown, as: UTF8.self), reason: reason)
    }
    // Blanks at the ends are nobody's intention, more of them neither.
    guard typed.utf8.count <= Self.byteLimit * 4 else { throw error(.tooLong) }
    var levels: [String] = []
    for level in typed.split(separator: "/", omittingEmptySubsequences: false) {
      var text = ""
      var isVisible = false
      var blank = false
      var lineBreak: Unicode.Scalar?
      for scalar in level.unicodeScalars {
        switch Self.role(of: scalar) {
        case .blank:
          blank = !text.isEmpty
          continue
        case .lineBreak:
          // One at an end came along when the name was copied; one within it was not meant.
          if !text.isEmpty { lineBreak = scalar }
          continue
        case .control: throw error(.control(scalar))
        case .direction: throw error(.direction(scalar))
        case .joiner: break
        case .visible: isVisible = true
        }
        if let lineBreak { throw error(.control(lineBreak)) }
        if blank { text.unicodeScalars.append(" ") }
        blank = false
        text.unicodeScalars.append(scalar)
      }
      guard isVisible else { throw error(typed.contains("/") ? .emptyLevel : .empty) }
      if text == "." || text == ".." { throw error(.dots) }
      levels.append(text)
    }
    guard let text = UnicodeFolding.composed(levels.joined(separator: "/")),
      let folded = UnicodeFolding.folded(text)
    else { throw error(.tooLong) }
    key = Self.joiningBlanks(folded)
    self.text = text
    guard text.utf8.count <= Self.byteLimit, key.utf8.count <= Self.byteLimit else {
      throw error(.tooLong)
    }
  }

  /// The name a file has for it: what no name may hold is left out instead of refused. Nil when nothing
  /// is left, or too much.
  public init?(importing keyword: String) {
    guard keyword.utf8.count <= Self.byteLimit * 4 else { return nil }
    var clean = ""
    for scalar in keyword.unicodeScalars {
      switch Self.role(of: scalar) {
      case .blank, .control, .lineBreak: clean.unicodeScalars.append(" ")
      case .direction: break
      case .joiner, .visible: clean.unicodeScalars.append(scalar)
      }
    }
    let levels = clean.split(separator: "/").map { Self.trimmed($0) }
      .filter { !$0.isEmpty && $0 != "." && $0 != ".." }
    guard !levels.isEmpty, let name = try? TagName(levels.joined(separator: "/")) else {
      return nil
    }
    self = name
  }

  /// A name as the catalog has it, which was checked when it was stored.
  package init(storedText: String, key: String) {
    text = storedText
    self.key = key
  }

  /// The name one level up; nil for a name of one level.
  public var parent: TagName? {
    guard let textEnd = text.utf8.lastIndex(of: UInt8(ascii: "/")),
      let keyEnd = key.utf8.lastIndex(of: UInt8(ascii: "/"))
    else { return nil }
    return TagName(storedText: String(text[..<textEnd]), key: String(key[..<keyEnd]))
  }

  /// The keys of its levels, the general one first.
  var levelKeys: [Substring] { key.split(separator: "/") }

  /// How `key` is made from folded text, and what a part of a name is compared as.
  package static func joiningBlanks(_ folded: String) -> String {
    var key: [UInt8] = []
    for byte in folded.utf8 {
      let isBlank = byte == UInt8(ascii: " ") || byte == UInt8(ascii: "_")
      if isBlank, key.last == UInt8(ascii: "_") { continue }
      key.append(isBlank ? UInt8(ascii: "_") : byte)
    }
    return String(decoding: key, as: UTF8.self)
  }

  private static func trimmed(_ level: Substring) -> String {
    var level = level
    while level.first == " " { level.removeFirst() }
    while level.last == " " { level.removeLast() }
    return String(level)
  }

  private enum Role {
    case visible, blank, joiner, lineBreak, control, direction
  }

  private static func role(of scalar: Unicode.Scalar) -> Role {
    switch scalar.value {
    case 0x20: return .blank
    case 0x21...0x7E: return .visible
    case 0x09...0x0D, 0x85: return .lineBreak
    case 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069: return .direction
    case 0x200C, 0x200D, 0xE0020...0xE007F: return .joiner
    default: break
    }
    switch UnicodeFolding.category(of: scalar) {
    case UTF8PROC_CATEGORY_ZS: return .blank
    case UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CF, UTF8PROC_CATEGORY_ZL, UTF8PROC_CATEGORY_ZP:
      return .control
    case UTF8PROC_CATEGORY_MN: return .joiner
    default: return .visible
    }
  }
}

/// Why text is no name for a tag, with the way out.
public struct TagNameError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong with it.
  public enum Reason: Sendable, Equatable {
    case empty
    case tooLong
    case control(Unicode.Scalar)
    case direction(Unicode.Scalar)
    case emptyLevel
    case dots
  }

  /// The beginning of the text.
  public let name: String
  /// What is wrong with it.
  public let reason: Reason

  public var description: String {
    func code(_ scalar: Unicode.Scalar) -> String {
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
    return switch reason {
    case .empty: "a tag needs a name"
    case .tooLong:
      "the tag that begins \"\(name)\" is longer than \(TagName.byteLimit) bytes; shorten it"
    case .control(let scalar):
      "the tag has a character nobody can see or type (\(code(scalar))); leave it out"
    case .direction(let scalar):
      "the tag has a character that changes the direction of text (\(code(scalar))); leave it out"
    case .emptyLevel:
      "the tag \"\(name)\" has an empty level; write something before and after each /"
    case .dots: "the tag \"\(name)\" has a level of dots only; give it a name"
    }
  }
}
