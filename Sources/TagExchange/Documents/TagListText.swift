/// Lists of tags in one field of a table.
///
/// Albumen writes `|long hair|creator's own, with commas|`: a bar before, between and behind, `\|` and
/// `\\` for a bar and a backslash in a name. Anything else is somebody else's list, told apart by
/// content: separated by commas if it has one, else by semicolons and blanks, else by blanks if a word
/// has an underscore (`long_hair blue_eyes`), else it is one tag.
package enum TagListText {
  /// How a list is separated.
  package enum Separator: String, Sendable, CaseIterable {
    /// By content.
    case automatic = "auto"
    case comma, semicolon, blank, bar
  }

  /// The parts of a list, untrimmed, perhaps empty ones among them.
  package static func parts(_ text: String, separator: Separator = .automatic) -> [String] {
    switch separator {
    case .comma: plain(text, ",")
    case .semicolon: plain(text, ";")
    case .blank: plain(text, " ")
    case .bar: barred(text)
    case .automatic:
      if text.hasPrefix("|") {
        barred(text)
      } else if text.contains(",") {
        plain(text, ",")
      } else if text.contains("; ") {
        plain(text, ";")
      } else if text.contains("_") {
        plain(text, " ")
      } else {
        [text]
      }
    }
  }

  /// The list as Albumen writes it; empty for no parts.
  package static func text(_ parts: some Sequence<String>) -> String {
    var text = ""
    for part in parts {
      if text.isEmpty { text = "|" }
      for character in part.unicodeScalars {
        if character == "|" || character == "\\" { text.unicodeScalars.append("\\") }
        text.unicodeScalars.append(character)
      }
      text += "|"
    }
    return text
  }

  private static func plain(_ text: String, _ separator: Character) -> [String] {
    text.split(separator: separator).map(String.init)
  }

  private static func barred(_ text: String) -> [String] {
    var parts: [String] = []
    var part = String.UnicodeScalarView()
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if isEscaped {
        if scalar != "|" && scalar != "\\" { part.append("\\") }
        part.append(scalar)
        isEscaped = false
      } else if scalar == "\\" {
        isEscaped = true
      } else if scalar == "|" {
        parts.append(String(part))
        part = String.UnicodeScalarView()
      } else {
        part.append(scalar)
      }
    }
    if isEscaped { part.append("\\") }
    parts.append(String(part))
    return parts
  }
}
