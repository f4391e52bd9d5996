import Media
import Thumbnails

/// Thumbnails that are in memory, answered before the request is taken apart: a screen asks for
/// hundreds, and for most of them this is all that happens.
///
/// It knows one spelling, the one the page uses: `/thumb/ID/SIZE?v=VERSION`. What differs by a byte
/// goes the usual way and gets the same answer there.
struct ThumbnailShortcut: Sendable {
  let thumbnails: ThumbnailStore

  private static let prefix = Array("/thumb/".utf8)
  private static let headers = FixedHeaders(
    [
      ("Cache-Control", MediaRoutes.immutable), ("Content-Type", MediaRoutes.thumbnailType),
    ] + Site.headers(of: .media))

  /// The answer for a path and a query as sent; nil when it is not in memory.
  var answer: @Sendable (_ path: Span<UInt8>, _ query: Span<UInt8>) -> Shortcut? {
    { [thumbnails] path, query in
      guard let (id, size) = Self.target(path), let version = Self.version(query),
        let found = thumbnails.cachedThumbnail(id, size: size, version: version)
      else { return nil }
      return Shortcut(
        bytes: found.bytes, tag: MediaRoutes.tag(version, side: size.rawValue),
        headers: Self.headers, keptIn: found.attachment)
    }
  }

  /// Reads `/thumb/ID/SIZE`.
  static func target(_ path: Span<UInt8>) -> (AssetID, ThumbnailSize)? {
    // Two slashes, a digit at least, and three digits of size.
    guard path.count >= prefix.count + 5, path.count <= prefix.count + 4 + 18 else { return nil }
    for index in prefix.indices where path[index] != prefix[index] { return nil }
    let slash = path.count - 4
    guard path[slash] == UInt8(ascii: "/"), path[prefix.count] != UInt8(ascii: "0"),
      let id = number(path, prefix.count..<slash),
      let side = number(path, slash + 1..<path.count), let size = ThumbnailSize(rawValue: Int(side))
    else { return nil }
    return (AssetID(rawValue: id), size)
  }

  /// Reads `v=` and sixteen digits as `ContentVersion` writes them.
  static func version(_ query: Span<UInt8>) -> ContentVersion? {
    guard query.count == 18, query[0] == UInt8(ascii: "v"), query[1] == UInt8(ascii: "=") else {
      return nil
    }
    var value: UInt64 = 0
    for index in 2..<18 {
      let byte = query[index]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - 0x30)
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - 0x61 + 10)
      default: return nil
      }
    }
    return ContentVersion(rawValue: value)
  }

  // At most eighteen digits, which an Int64 always holds.
  private static func number(_ text: Span<UInt8>, _ range: Range<Int>) -> Int64? {
    var value: Int64 = 0
    for index in range {
      let byte = text[index]
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    return value
  }
}
