import Media

/// File name extensions, compared without case and without making a string per file.
struct ExtensionSet: Sendable {
  private let packed: Set<UInt64>

  /// The extensions a scan looks at.
  static let scanned = ExtensionSet(MediaFormat.scannedExtensions)

  /// ASCII extensions of at most eight bytes, in lower case.
  init(_ extensions: some Collection<String>) {
    packed = Set(
      extensions.compactMap { text in Self.pack(Array(text.utf8)[...]) })
  }

  /// True when the name has one of the extensions and something before it.
  func matches(_ name: ArraySlice<UInt8>) -> Bool {
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex,
      let value = Self.pack(name[(dot + 1)...])
    else { return false }
    return packed.contains(value)
  }

  private static func pack(_ text: ArraySlice<UInt8>) -> UInt64? {
    guard (1...8).contains(text.count) else { return nil }
    var value: UInt64 = 0
    for byte in text {
      let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
      value = value << 8 | UInt64(isUpper ? byte | 0x20 : byte)
    }
    return value
  }
}
