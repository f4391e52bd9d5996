/// Text from a file made fit to store and show.
package enum CleanText {
  /// The text up to its first NUL, trimmed, invalid UTF-8 repaired with U+FFFD, without control and
  /// direction-changing characters, at most `ProbeLimits.textByteCount` bytes; nil when empty.
  package static func from(_ bytes: [UInt8]) -> String? {
    var end = 0
    let limit = min(bytes.count, ProbeLimits.textByteCount)
    var isPlain = true
    while end < limit, bytes[end] != 0 {
      if bytes[end] < 0x20 || bytes[end] > 0x7E { isPlain = false }
      end += 1
    }
    var start = 0
    while start < end, bytes[start] <= 0x20 { start += 1 }
    while end > start, bytes[end - 1] <= 0x20 { end -= 1 }
    guard start < end else { return nil }
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    if isPlain { return text }
    let cleaned = withoutControls(text)
    return cleaned.isEmpty ? nil : cleaned
  }

  /// Drops what would break a line, a terminal or the direction of the text around it.
  package static func withoutControls(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0...0x1F, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: continue
      default: kept.append(scalar)
      }
    }
    while kept.last == " " { kept.removeLast() }
    while kept.first == " " { kept.removeFirst() }
    return String(kept)
  }

  /// At most `byteCount` bytes of a text, cut between characters.
  package static func prefix(_ text: String, byteCount: Int) -> String {
    guard text.utf8.count > byteCount else { return text }
    var kept = ""
    var used = 0
    for scalar in text.unicodeScalars {
      used += UTF8.width(scalar)
      if used > byteCount { break }
      kept.unicodeScalars.append(scalar)
    }
    return kept
  }
}
