import Glibc

/// Names by their place in the columns.
extension TagNames {
  /// The place of a tag's own name.
  func ownPlace(of tag: UInt32) -> Int? {
    guard Int(tag) < placeOfTag.count, placeOfTag[Int(tag)] != Self.none else { return nil }
    return Int(placeOfTag[Int(tag)])
  }

  func aliasPlaces(of tag: UInt32) -> [Int] {
    (0..<tags.count).filter { tags[$0] == tag && categories[$0] == Mark.alias }
  }

  /// Whether a name stands for a tag of another name.
  func isAlias(_ place: Int) -> Bool { categories[place] == Mark.alias }

  /// Where a name's key stands in `keys`.
  func keyRange(_ place: Int) -> Range<Int> {
    let start = Int(starts[place])
    let end = place + 1 < starts.count ? Int(starts[place + 1]) : keys.count
    return start..<end - 1
  }

  /// A name's key, valid until the names change.
  func key(_ place: Int) -> UnsafeBufferPointer<UInt8> {
    let range = keyRange(place)
    return unsafe UnsafeBufferPointer(rebasing: keys.elements[range])
  }

  /// A name's key as text.
  func keyText(_ place: Int) -> String { unsafe String(decoding: key(place), as: UTF8.self) }

  func isKey(_ place: Int, _ key: String) -> Bool { compare(place, Array(key.utf8)) == 0 }

  /// What people see of a name.
  func text(_ place: Int) -> String {
    if let stored = storedText(place) { return stored }
    var bytes: [UInt8] = []
    for index in keyRange(place) {
      let byte = keys[index]
      let isCapital = capitals[index / 8] >> UInt8(index % 8) & 1 != 0
      bytes.append(!isCapital ? byte : byte == UInt8(ascii: "_") ? UInt8(ascii: " ") : byte & ~0x20)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func storedText(_ place: Int) -> String? {
    var (low, high) = (0, textStarts.count)
    while low < high {
      let middle = (low + high) / 2
      if Int(textStarts[middle] >> 32) < place { low = middle + 1 } else { high = middle }
    }
    guard low < textStarts.count, Int(textStarts[low] >> 32) == place else { return nil }
    let start = Int(UInt32(truncatingIfNeeded: textStarts[low]))
    let count = Int(texts[start]) + 1
    return unsafe String(decoding: texts.elements[start + 1..<start + 1 + count], as: UTF8.self)
  }

  /// Whether a text is its key but for capitals of A–Z and blanks.
  static func isSaidByCapitals(_ key: [UInt8], _ text: [UInt8]) -> Bool {
    key.count == text.count
      && zip(key, text).allSatisfy { key, text in
        key == text || key == UInt8(ascii: "_") && text == UInt8(ascii: " ")
          || (0x61...0x7A).contains(key) && text == key & ~0x20
      }
  }

  /// The place in `sorted` of the first name that does not come before a key.
  func firstPlace(from key: [UInt8]) -> Int {
    var (low, high) = (0, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if compare(Int(sorted[middle]), key) < 0 { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The places in `sorted` of the names that begin with something.
  func places(beginningWith prefix: [UInt8]) -> Range<Int> {
    let first = firstPlace(from: prefix)
    var (low, high) = (first, sorted.count)
    while low < high {
      let middle = (low + high) / 2
      if begins(Int(sorted[middle]), with: prefix) { low = middle + 1 } else { high = middle }
    }
    return first..<low
  }

  private func begins(_ place: Int, with prefix: [UInt8]) -> Bool {
    let key = unsafe key(place)
    guard key.count >= prefix.count else { return false }
    return unsafe key.prefix(prefix.count).elementsEqual(prefix)
  }

  /// Below zero when the name's key comes first, zero when it is the same.
  func compare(_ place: Int, _ other: [UInt8]) -> Int {
    let key = unsafe key(place)
    return unsafe other.withUnsafeBufferPointer { unsafe Self.compare(key, $0) }
  }

  func precedes(_ left: Int, _ right: Int) -> Bool {
    let order = unsafe Self.compare(key(left), key(right))
    return order < 0
  }

  private static func compare(
    _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
  ) -> Int {
    let common = min(left.count, right.count)
    if common > 0 {
      let order = unsafe memcmp(
        left.baseAddress.unsafelyUnwrapped, right.baseAddress.unsafelyUnwrapped, common)
      if order != 0 { return Int(order) }
    }
    return left.count - right.count
  }
}
