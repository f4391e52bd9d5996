import Glibc

/// What the values of a facet are called, and their ids: from 1 on in the order they were met, 0 for
/// none. Equal bytes are the same value.
struct FacetNames {
  private var ids: [[UInt8]: UInt32] = [:]
  /// By id less one.
  private(set) var names: [[UInt8]] = []
  // Files of one folder are from one camera: most look-ups are for the one before.
  private var last: UInt32 = 0
  private(set) var byteCount = 0

  /// A name's place in the array and the dictionary, beside its bytes twice.
  private static let entryByteCount = 96

  /// No values.
  init() {}

  /// Values as `names` gave them.
  init(names: [[UInt8]]) {
    for name in names { _ = unsafe name.withUnsafeBytes { unsafe id(of: $0) } }
  }

  /// The id of a value, a new one for one not met before; 0 for no bytes.
  mutating func id(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    guard let base = bytes.baseAddress, unsafe !bytes.isEmpty else { return 0 }
    if last > 0 {
      let isSame = unsafe names[Int(last) - 1].withUnsafeBytes { known in
        guard known.count == bytes.count, let start = known.baseAddress else { return false }
        return unsafe memcmp(start, base, known.count) == 0
      }
      if isSame { return last }
    }
    let name = unsafe [UInt8](bytes)
    if let known = ids[name] {
      last = known
      return known
    }
    names.append(name)
    last = UInt32(names.count)
    ids[name] = last
    byteCount += name.count * 2 + Self.entryByteCount
    return last
  }

  /// The value of an id, repaired for people; nil when there is none.
  func text(_ id: UInt32) -> String? {
    guard id > 0, Int(id) <= names.count else { return nil }
    return String(decoding: names[Int(id) - 1], as: UTF8.self)
  }

  /// The ids of the values a pattern matches, ascending.
  func ids(matching pattern: FoldedPattern) -> [UInt32] {
    names.indices.filter { pattern.matches(String(decoding: names[$0], as: UTF8.self)) }
      .map { UInt32($0 + 1) }
  }
}
