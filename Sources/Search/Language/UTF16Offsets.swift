/// Counts in UTF-16, as browsers do, what is counted in UTF-8 here, and the other way round. Going
/// forward through a text costs its length once.
struct UTF16Offsets {
  private let bytes: String.UTF8View
  private var index: String.UTF8View.Index
  private var byteOffset = 0
  private var utf16Offset = 0

  init(_ text: String) {
    bytes = text.utf8
    index = bytes.startIndex
  }

  /// The offset in UTF-16 of a byte that is not before the one asked for last; of one behind the end
  /// that of the end.
  mutating func offset(ofByte target: Int) -> Int {
    while byteOffset < target, index < bytes.endIndex { step() }
    return utf16Offset
  }

  /// The byte at an offset in UTF-16 that is not before the one asked for last; between the halves of a
  /// character the byte behind it.
  mutating func byte(ofUTF16 target: Int) -> Int {
    while utf16Offset < target, index < bytes.endIndex { step() }
    // Units are counted at a character's first byte: step over what follows it.
    while index < bytes.endIndex, bytes[index] & 0xC0 == 0x80 { step() }
    return byteOffset
  }

  private mutating func step() {
    // A character has a unit, or two if it takes four bytes.
    let byte = bytes[index]
    if byte & 0xC0 != 0x80 { utf16Offset += byte >= 0xF0 ? 2 : 1 }
    byteOffset += 1
    index = bytes.index(after: index)
  }
}
