/// The packed tags of one asset, the BLOB in `asset_tags`.
///
/// A version byte, then per tag in ascending order of ids one number of 7 bits a byte (the low ones
/// first): the distance from the tag before times four, plus a kind: 0 imported, 1 user, 2 rule, 3 one
/// more byte follows: 0 is a mark of removal, 1 a model's tag with its confidence in the byte after.
/// Among 120,000 tags a plain tag takes two or three bytes. Every sequence of tags has exactly one
/// form, so equal tags are equal bytes.
public enum AssetTagCoding {
  /// The first byte.
  public static let version: UInt8 = 1
  /// Tags and marks one asset may have.
  public static let tagLimit = 4096
  /// More bytes than this cannot be right.
  public static let byteLimit = 1 + tagLimit * 7

  private enum Kind {
    static let imported: UInt64 = 0
    static let user: UInt64 = 1
    static let rule: UInt64 = 2
    static let extended: UInt64 = 3
  }

  /// Packs tags; empty for none.
  ///
  /// - Parameter tags: ascending by id, each once, ids from 1, at most `tagLimit`.
  public static func encode(_ tags: some Collection<AssetTag>) -> [UInt8] {
    var bytes: [UInt8] = []
    encode(tags, into: &bytes)
    return bytes
  }

  /// Packs tags into an array whose storage is kept.
  public static func encode(_ tags: some Collection<AssetTag>, into bytes: inout [UInt8]) {
    bytes.removeAll(keepingCapacity: true)
    if tags.isEmpty { return }
    precondition(tags.count <= tagLimit, "more tags than an asset may have")
    bytes.append(version)
    var last: UInt32 = 0
    for tag in tags {
      precondition(tag.id.rawValue > last, "tags are packed in ascending order, each once")
      let distance = UInt64(tag.id.rawValue - last)
      last = tag.id.rawValue
      let kind: UInt64 =
        if tag.isRemoved { Kind.extended } else {
          switch tag.origin {
          case .imported: Kind.imported
          case .user: Kind.user
          case .rule: Kind.rule
          case .model: Kind.extended
          }
        }
      var rest = distance << 2 | kind
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(truncatingIfNeeded: rest))
      if kind == Kind.extended {
        if tag.isRemoved {
          bytes.append(0)
        } else {
          bytes.append(1)
          bytes.append(tag.confidence)
        }
      }
    }
  }

  /// The tags and marks in `bytes`; nil when they are not what `encode` makes.
  public static func decode(_ bytes: [UInt8]) -> [AssetTag]? {
    var tags: [AssetTag] = []
    return unsafe decode(bytes.span.bytes, into: &tags) ? tags : nil
  }

  /// Unpacks into an array whose storage is kept; false when the bytes are not what `encode` makes.
  public static func decode(_ bytes: RawSpan, into tags: inout [AssetTag]) -> Bool {
    tags.removeAll(keepingCapacity: true)
    return walk(bytes) { tags.append($0) }
  }

  /// Calls `body` with the id of each tag the asset has, ascending, marks of removal left out.
  ///
  /// - Returns: false when the bytes are not what `encode` makes; `body` has seen a part then.
  @inline(__always)
  public static func forEachTag(in bytes: RawSpan, _ body: (UInt32) -> Void) -> Bool {
    walk(bytes) { tag in if !tag.isRemoved { body(tag.id.rawValue) } }
  }

  @inline(__always)
  private static func walk(_ bytes: RawSpan, _ body: (AssetTag) -> Void) -> Bool {
    let end = bytes.byteCount
    if end == 0 { return true }
    guard end > 1, end <= byteLimit, unsafe byte(bytes, 0) == version else { return false }
    var index = 1
    var last: UInt64 = 0
    var count = 0
    while index < end {
      var byte = unsafe byte(bytes, index)
      index += 1
      var number = UInt64(byte & 0x7F)
      var shift: UInt64 = 7
      while byte >= 0x80 {
        // 34 bits are five bytes.
        guard index < end, shift <= 28 else { return false }
        byte = unsafe Self.byte(bytes, index)
        index += 1
        // A last byte of nothing would be a second form of the same number.
        if byte == 0 { return false }
        number |= UInt64(byte & 0x7F) &<< shift
        shift += 7
      }
      let kind = number & 3
      last += number >> 2
      count += 1
      guard number >> 2 != 0, last <= UInt64(UInt32.max), count <= tagLimit else { return false }
      let id = TagID(rawValue: UInt32(truncatingIfNeeded: last))
      switch kind {
      case Kind.imported: body(AssetTag(id, .imported))
      case Kind.user: body(AssetTag(id, .user))
      case Kind.rule: body(AssetTag(id, .rule))
      default:
        guard index < end else { return false }
        let more = unsafe Self.byte(bytes, index)
        index += 1
        if more == 0 {
          body(.removed(id))
        } else {
          guard more == 1, index < end else { return false }
          body(AssetTag(id, .model, confidence: unsafe Self.byte(bytes, index)))
          index += 1
        }
      }
    }
    return true
  }

  // The walk has compared the index with the count before each call.
  @unsafe @inline(__always)
  private static func byte(_ bytes: RawSpan, _ index: Int) -> UInt8 {
    unsafe bytes.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
  }
}
