import Media

/// Room for the words of a C library, and how they become a failure.
package enum LibraryMessage {
  /// Calls `body` with a buffer for its message and returns what it returned, with the message:
  /// its last line, without the noise of several reports of the same thing.
  package static func collect<Value>(
    _ body: (UnsafeMutablePointer<CChar>, Int) -> Value
  ) -> (value: Value, text: String) {
    let size = 1024
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
      unsafe buffer.initialize(repeating: 0)
      let value = unsafe body(buffer.baseAddress.unsafelyUnwrapped, size)
      unsafe buffer[size - 1] = 0
      let bytes = unsafe buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return (value, brief(String(decoding: bytes, as: UTF8.self)))
    }
  }

  /// The last line with content, at most 160 characters, without control characters.
  package static func brief(_ text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline)
    let line = lines.last { !$0.allSatisfy(\.isWhitespace) } ?? ""
    var kept = String(line.filter { !($0.isASCII && ($0.asciiValue ?? 32) < 32) }.prefix(160))
    while kept.last == " " || kept.last == "." { kept.removeLast() }
    return kept
  }

  /// A failure whose kind is read from the library's words.
  package static func failure(format: MediaFormat, text: String) -> MediaFailure {
    let words = text.lowercased()
    func says(_ parts: String...) -> Bool { parts.contains { words.contains($0) } }
    let name = format.name.uppercased()
    let quoted = text.isEmpty ? "" : " (\(text))"
    if says(
      "premature end", "truncat", "end of file", "eof", "end of stream", "unexpected end",
      "ran out of data", "not enough data", "read error", "too few bytes", "short read")
    {
      return MediaFailure(.truncated, "The \(name) file ends before its picture does\(quoted).")
    }
    if says("out of memory", "memory allocation", "cannot allocate", "unable to allocate") {
      return MediaFailure(
        .overBudget, "Decoding this \(name) file needs more memory than its job may use\(quoted).")
    }
    if says("too large", "too big", "exceeds", "limit") {
      return MediaFailure(
        .tooLarge, "The dimensions of this \(name) file pass the limits\(quoted).")
    }
    if says("unsupported", "not supported", "not a known file format", "not implemented") {
      return MediaFailure(
        .unsupported, "This kind of \(name) file cannot be decoded here\(quoted).")
    }
    return MediaFailure(.corrupt, "The \(name) file is damaged\(quoted).")
  }
}
