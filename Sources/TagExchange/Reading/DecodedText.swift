/// Bytes of a text file as text: UTF-8, or Latin-1 when they are none.
package struct DecodedText: Sendable, Equatable {
  package let text: String
  /// Whether the bytes were no UTF-8, so that every byte stands for the character of its number.
  package let isLatin1: Bool

  /// Nil for what is no text: bytes of zero, or UTF-16.
  package init?(_ bytes: ArraySlice<UInt8>) {
    guard !bytes.contains(0) else { return nil }
    var bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if let text = String(validating: bytes, as: UTF8.self) {
      self.text = text
      isLatin1 = false
      return
    }
    // UTF-16 with its mark, and only signs beyond U+00FF: no zeros, but no Latin-1 either.
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return nil }
    var scalars = String.UnicodeScalarView()
    for byte in bytes { scalars.append(Unicode.Scalar(byte)) }
    text = String(scalars)
    isLatin1 = true
  }

  package static let latin1Notice =
    "it is not UTF-8 and was read as Latin-1; save it as UTF-8 if names look wrong."
  package static let binaryReason =
    "it is no text in UTF-8 or Latin-1; save it as UTF-8."
}
