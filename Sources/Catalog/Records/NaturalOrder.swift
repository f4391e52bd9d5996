/// Keys that put names into natural order when compared byte by byte.
///
/// `IMG_9.jpg` comes before `IMG_10.jpg`, and case does not matter. A key is
///
/// ```
/// folded text 00 tie-break
///
/// folded text: bytes in lower case (Unicode's simple mapping); a run of ASCII digits is
///              '0', the count of significant digits + 1, those digits
/// tie-break:   what folding lost, so that only equal names have equal keys:
///              ASCII names: a bit per letter (upper case 0), 255 − leading zeros per digit run;
///              other names: their bytes
/// ```
///
/// File names hold no NUL, so a name comes before those it begins. Invalid UTF-8 is kept as it is.
public enum NaturalOrder {
  /// The key of one name. Complexity: O(length).
  public static func key(of name: some Collection<UInt8>) -> [UInt8] {
    key(ofComponents: CollectionOfOne(name), ending: [])
  }

  /// The key of a path: its components in natural order one after the other, so that a folder comes
  /// before what is in it, and that before the folder's next sibling.
  public static func key(ofPath path: some Collection<UInt8>) -> [UInt8] {
    // One more NUL than after a component: the end comes before anything that goes on.
    key(ofComponents: path.split(separator: UInt8(ascii: "/")), ending: [0])
  }

  private static func key(
    ofComponents components: some Collection<some Collection<UInt8>>, ending: [UInt8]
  ) -> [UInt8] {
    var folded: [UInt8] = []
    // Digit runs grow by two, the tie-break adds less than a byte for each eight letters.
    folded.reserveCapacity(components.reduce(16) { $0 + $1.count * 3 / 2 })
    var tie = TieBreak()
    for component in components {
      let isFolded: Void? = component.withContiguousStorageIfAvailable {
        unsafe fold($0.span, into: &folded, tie: &tie)
      }
      if isFolded == nil { fold(Array(component).span, into: &folded, tie: &tie) }
      folded.append(0)
    }
    folded += ending
    if tie.isASCII {
      tie.finish()
      folded += tie.bytes
    } else {
      for component in components {
        folded += component
        folded.append(0)
      }
    }
    return folded
  }

  private struct TieBreak {
    var isASCII = true
    var bytes: [UInt8] = []
    private var bits: UInt8 = 0
    private var bitCount = 0

    mutating func append(letterIsLower: Bool) {
      bits = bits << 1 | (letterIsLower ? 1 : 0)
      bitCount += 1
      if bitCount == 8 { flush() }
    }

    mutating func append(leadingZeroCount: Int) {
      finish()
      bytes.append(UInt8(255 - min(leadingZeroCount, 255)))
    }

    mutating func finish() { if bitCount > 0 { flush() } }

    private mutating func flush() {
      bytes.append(bits << UInt8(8 - bitCount))
      bits = 0
      bitCount = 0
    }
  }

  private static func fold(_ name: Span<UInt8>, into key: inout [UInt8], tie: inout TieBreak) {
    var index = 0
    while index < name.count {
      let byte = name[index]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        index = foldDigits(name, from: index, into: &key, tie: &tie)
      case UInt8(ascii: "A")...UInt8(ascii: "Z"):
        key.append(byte | 0x20)
        tie.append(letterIsLower: false)
        index += 1
      case 0x80...:
        tie.isASCII = false
        index = foldScalar(name, from: index, into: &key)
      default:
        if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) {
          tie.append(letterIsLower: true)
        }
        key.append(byte)
        index += 1
      }
    }
  }

  private static func foldDigits(
    _ name: Span<UInt8>, from start: Int, into key: inout [UInt8], tie: inout TieBreak
  ) -> Int {
    var end = start
    while end < name.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(name[end]) { end += 1 }
    var first = start
    while first < end, name[first] == UInt8(ascii: "0") { first += 1 }
    key.append(UInt8(ascii: "0"))
    // A name on Linux has at most 255 bytes, so one byte holds the count; longer runs (of other
    // callers) are cut into groups, which keeps the key defined if no longer by value.
    key.append(UInt8(min(end - first, 254) + 1))
    for index in first..<end { key.append(name[index]) }
    tie.append(leadingZeroCount: first - start)
    return end
  }

  /// Folds the scalar at `start`; a byte that is not UTF-8 stays.
  private static func foldScalar(
    _ name: Span<UInt8>, from start: Int, into key: inout [UInt8]
  ) -> Int {
    let length =
      switch name[start] {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 1
      }
    let bytes = (start..<min(start + length, name.count)).map { name[$0] }
    guard length > 1, bytes.count == length,
      let text = String(validating: bytes, as: UTF8.self),
      let scalar = text.unicodeScalars.first
    else {
      key.append(name[start])
      return start + 1
    }
    // Only mappings to one scalar: a simple fold never changes how many characters there are.
    let lower = scalar.properties.lowercaseMapping.unicodeScalars
    if lower.count == 1 {
      key += Array(String(String.UnicodeScalarView(lower)).utf8)
    } else {
      key += bytes
    }
    return start + length
  }
}
