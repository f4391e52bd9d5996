/// A set of bytes: the `[…]` of a pattern.
struct ByteSet: Sendable, Equatable {
  private var low: (UInt64, UInt64) = (0, 0)
  private var high: (UInt64, UInt64) = (0, 0)

  static func == (left: ByteSet, right: ByteSet) -> Bool {
    left.low == right.low && left.high == right.high
  }

  func contains(_ byte: UInt8) -> Bool {
    let bit = UInt64(1) << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: return low.0 & bit != 0
    case 1: return low.1 & bit != 0
    case 2: return high.0 & bit != 0
    default: return high.1 & bit != 0
    }
  }

  mutating func insert(_ byte: UInt8) {
    let bit = UInt64(1) << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: low.0 |= bit
    case 1: low.1 |= bit
    case 2: high.0 |= bit
    default: high.1 |= bit
    }
  }

  mutating func invert() {
    low = (~low.0, ~low.1)
    high = (~high.0, ~high.1)
  }

  /// Reads a set that starts at `start` (the bracket); nil when it never ends or names an unknown
  /// class. The second value is the index after the closing bracket.
  static func parse(_ pattern: ArraySlice<UInt8>, at start: Int) -> (ByteSet, Int)? {
    var set = ByteSet()
    var index = start + 1
    var isInverted = false
    if index < pattern.endIndex,
      pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^")
    {
      isInverted = true
      index += 1
    }
    let first = index
    // The byte a range may begin with; nil after a range or a class.
    var lower: UInt8?
    while index < pattern.endIndex {
      let byte = pattern[index]
      if byte == UInt8(ascii: "]"), index > first {
        if isInverted { set.invert() }
        return (set, index + 1)
      }
      if byte == UInt8(ascii: "-"), let from = lower, index + 1 < pattern.endIndex,
        pattern[index + 1] != UInt8(ascii: "]")
      {
        index += 1
        if pattern[index] == UInt8(ascii: "\\") {
          index += 1
          guard index < pattern.endIndex else { return nil }
        }
        let to = pattern[index]
        if from <= to { for value in from...to { set.insert(value) } }
        lower = nil
        index += 1
      } else if byte == UInt8(ascii: "["), index + 1 < pattern.endIndex,
        pattern[index + 1] == UInt8(ascii: ":"),
        let end = pattern[(index + 2)...].firstIndex(of: UInt8(ascii: "]"))
      {
        guard end - index > 2, pattern[end - 1] == UInt8(ascii: ":") else {
          // No ":]": the bracket stands for itself.
          set.insert(byte)
          lower = byte
          index += 1
          continue
        }
        let name = String(decoding: pattern[(index + 2)..<(end - 1)], as: UTF8.self)
        guard set.insertClass(name) else { return nil }
        lower = nil
        index = end + 1
      } else {
        if byte == UInt8(ascii: "\\") {
          index += 1
          guard index < pattern.endIndex else { return nil }
        }
        set.insert(pattern[index])
        lower = pattern[index]
        index += 1
      }
    }
    return nil
  }

  private mutating func insertClass(_ name: String) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let uppers = UInt8(ascii: "A")...UInt8(ascii: "Z")
    let lowers = UInt8(ascii: "a")...UInt8(ascii: "z")
    let isMember: (UInt8) -> Bool
    switch name {
    case "digit": isMember = digits.contains
    case "upper": isMember = uppers.contains
    case "lower": isMember = lowers.contains
    case "alpha": isMember = { uppers.contains($0) || lowers.contains($0) }
    case "alnum":
      isMember = { uppers.contains($0) || lowers.contains($0) || digits.contains($0) }
    case "xdigit":
      isMember = {
        digits.contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
    case "blank": isMember = { $0 == 32 || $0 == 9 }
    case "space": isMember = { $0 == 32 || (9...13).contains($0) }
    case "cntrl": isMember = { $0 < 32 || $0 == 127 }
    case "print": isMember = { (32...126).contains($0) }
    case "graph": isMember = { (33...126).contains($0) }
    case "punct":
      isMember = {
        (33...126).contains($0)
          && !(uppers.contains($0) || lowers.contains($0) || digits.contains($0))
      }
    default: return false
    }
    for byte in UInt8.min...UInt8.max where isMember(byte) { insert(byte) }
    return true
  }
}
