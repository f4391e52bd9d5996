/// The fields that take numbers, dates and sizes: `width:>=3000`, `taken:2024-05..2024-06`,
/// `size:<10mb`, `taken:last:30d`.
///
/// Bounds are whole numbers in the unit of the field's `NumericColumn`, which is named beside each. What
/// is typed is rounded to the nearest of them, as the columns are.
package enum NumberField: String, Sendable, CaseIterable, Hashable {
  /// -1 (rejected), 0…5.
  case stars
  /// Milliseconds since 1970 in local time of the camera (`captured`).
  case taken
  /// Milliseconds since 1970 UTC.
  case added
  /// Pixels, as seen.
  case width
  /// Pixels, as seen.
  case height
  /// Width by height in ten-thousandths: 3:2 is 15,000.
  case ratio
  /// Pixels (`pixels`), not millions of them.
  case mp
  /// Bytes (`byteCount`).
  case size
  /// Milliseconds.
  case duration
  /// Sensitivity.
  case iso
  /// Hundredths: f/2.8 is 280.
  case aperture = "f"
  /// Tenths of a millimetre (`focalLength`).
  case focal
  /// Tags (`tagCount`).
  case tagcount
  /// Tags of the category general (`generalTagCount`).
  case gentags

  /// Where the index keeps it.
  package var column: NumericColumn {
    switch self {
    case .stars: .stars
    case .taken: .captured
    case .added: .added
    case .width: .width
    case .height: .height
    case .ratio: .ratio
    case .mp: .pixels
    case .size: .byteCount
    case .duration: .duration
    case .iso: .iso
    case .aperture: .aperture
    case .focal: .focalLength
    case .tagcount: .tagCount
    case .gentags: .generalTagCount
    }
  }
}

/// The fields that take names. Names are compared without regard to case; in all of them the pattern
/// `*` alone stands for "has one at all".
package enum NameField: String, Sendable, CaseIterable, Hashable {
  /// `general`, `sensitive`, `questionable`, `explicit` or `none`: the parser gives these words only,
  /// and no patterns.
  case rating
  /// The file name's ending without its dot, the whole of it.
  case ext
  /// A `MediaFormat.name`, `image` or `video`: the parser gives these words only, and no patterns.
  case type
  /// Make and model with a blank between. A literal without `*` may stand anywhere in it.
  case camera
  /// As `camera`.
  case lens
  /// The path below its root, folders and file name. A literal without `*` may stand anywhere in it.
  case path
  /// The path of its folder below its root: that folder and all below it.
  case folder
  /// The name of its file. A literal without `*` may stand anywhere in it.
  case filename
  /// The whole title of an album.
  case album
  /// The whole title of a pool.
  case pool
  /// Where it came from. A literal without `*` may stand anywhere in it.
  case source

  /// Whether a literal without `*` may stand anywhere in the value, instead of being all of it.
  package var findsPartsOfValues: Bool {
    switch self {
    case .camera, .lens, .path, .filename, .source: true
    case .rating, .ext, .type, .folder, .album, .pool: false
    }
  }
}

/// What `is:` and `has:` ask for.
package enum FlagField: String, Sendable, CaseIterable, Hashable {
  // is:
  case favourite, video, animated, raw, hdr, broken, untagged, missing, duplicate
  // has:
  case parent, child, gps, edits, sidecar, note

  /// Whether it stands after `has:` and not after `is:`.
  package var isPossession: Bool {
    switch self {
    case .favourite, .video, .animated, .raw, .hdr, .broken, .untagged, .missing, .duplicate: false
    case .parent, .child, .gps, .edits, .sidecar, .note: true
    }
  }
}

/// `order:` with `_asc` or `_desc`. `order:old` is `new` ascending.
package enum OrderField: String, Sendable, CaseIterable, Hashable {
  /// By adding, the newest first.
  case new
  case taken, name, size, mp, stars, tagcount
  /// As they stand in the albums and pools the query names; all else comes behind.
  case album
  case random

  /// The direction when the text names none: names from A, albums from their beginning, all else from
  /// the newest or most.
  package var isAscendingByDefault: Bool { self == .name || self == .album || self == .random }
}
