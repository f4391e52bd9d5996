import Catalog
import Platform

/// The parts of Albumen's own document of tags, JSON: what a library knows of tags, whole.
package enum LibraryDocument {
  /// What its first member says.
  package static let format = "albumen-tags"
  /// The version that is written; newer ones are refused.
  package static let version = 1
  /// Members of an album in one part of it: a large one comes in several.
  package static let memberCount = 1000

  /// A category of tags.
  package struct Category: Sendable, Equatable {
    package var name: String
    /// 0xRRGGBB.
    package var color: UInt32
    package var position: Int

    package init(name: String, color: UInt32, position: Int) {
      self.name = name
      self.color = color
      self.position = position
    }
  }

  /// A tag and what is known of it.
  package struct Tag: Sendable, Equatable {
    package var name: TagName
    package var category: String
    package var note: String?
    package var aliases: [TagName] = []
    package var implied: [TagName] = []

    package init(_ name: TagName, category: String) {
      self.name = name
      self.category = category
    }
  }

  /// A picture: how to find it again, and what is said of it.
  package struct Asset: Sendable, Equatable {
    package var path: FilePath
    /// 32 hexadecimal digits that stand for its content; nil when it was never read.
    package var fingerprint: String?
    package var byteCount: Int64?
    package var picture: PictureTags

    package init(
      path: FilePath, fingerprint: String? = nil, byteCount: Int64? = nil, picture: PictureTags
    ) {
      self.path = path
      self.fingerprint = fingerprint
      self.byteCount = byteCount
      self.picture = picture
    }
  }

  /// An album, or a part of a large one: the members of several with one name follow each other.
  package struct Album: Sendable, Equatable {
    package var name: String
    /// `album`, `pool` or `smart`.
    package var kind: String
    package var query: String?
    package var note: String?
    package var members: [FilePath]

    package init(
      name: String, kind: String, query: String? = nil, note: String? = nil,
      members: [FilePath] = []
    ) {
      self.name = name
      self.kind = kind
      self.query = query
      self.note = note
      self.members = members
    }
  }

  /// One entry.
  package enum Item: Sendable, Equatable {
    case category(Category)
    case tag(Tag)
    case asset(Asset)
    case album(Album)
  }
}

/// Paths in JSON: text where they are UTF-8, else the bytes as hexadecimal digits in an object.
enum DocumentPath {
  static func write(_ path: FilePath, to json: inout JSONWriter) {
    if let text = String(validating: path.bytes, as: UTF8.self) { return json.string(text) }
    json.object { json in
      var digits = ""
      for byte in path.bytes {
        let pair = String(byte, radix: 16)
        digits += pair.count == 1 ? "0" + pair : pair
      }
      json.member("bytes", digits)
    }
  }

  static func read(_ node: JSONNode?) -> FilePath? {
    if let text = node?.text { return text.utf8.count <= 4096 ? FilePath(text) : nil }
    guard let digits = node?["bytes"]?.text, digits.utf8.count <= 8192,
      digits.utf8.count.isMultiple(of: 2)
    else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in digits {
      guard let value = character.hexDigitValue else { return nil }
      if let first = high {
        bytes.append(first << 4 | UInt8(value))
        high = nil
      } else {
        high = UInt8(value)
      }
    }
    return FilePath(bytes: bytes)
  }
}
