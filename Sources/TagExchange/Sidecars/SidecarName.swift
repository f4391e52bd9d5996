import Platform

/// Where the sidecars of a file are looked for: `name.jpg.txt`, `name.txt`, `name.jpg.json`,
/// `name.json`, in this order.
package enum SidecarName: Sendable, Hashable {
  case text, json

  /// The paths beside a picture, with what they hold. The longer names come first: of two pictures
  /// `a.jpg` and `a.png` each has its own.
  package static func candidates(of picture: FilePath) -> [(path: FilePath, kind: SidecarName)] {
    let name = Array(picture.nameBytes)
    var bases = [name]
    if let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 {
      bases.append(Array(name[..<dot]))
    }
    return [(SidecarName.text, ".txt"), (.json, ".json")].flatMap { kind, suffix in
      bases.map { (picture.parent.appending(bytes: $0 + Array(suffix.utf8)), kind) }
    }
  }
}
