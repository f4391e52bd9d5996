/// What assets are filtered and ordered by as numbers. A value is a whole number in the unit named
/// here; an asset without one never matches a range and comes last in every order.
package enum NumericColumn: UInt8, Sendable, CaseIterable, Hashable {
  /// When it was taken: milliseconds since 1970 in local time of the camera.
  case captured
  /// When the library first saw it: milliseconds since 1970 UTC.
  case added
  /// Width as seen, in pixels.
  case width
  /// Height as seen, in pixels.
  case height
  /// Width times height.
  case pixels
  /// Width by height, in ten-thousandths: 3:2 is 15,000.
  case ratio
  /// Bytes of the file.
  case byteCount
  /// Length of a video or animation, in milliseconds.
  case duration
  /// Stars: 0…5, and -1 for rejected.
  case stars
  /// Sensitivity.
  case iso
  /// Aperture, in hundredths: f/2.8 is 280.
  case aperture
  /// Focal length, in tenths of a millimetre.
  case focalLength
  /// How many tags it has.
  case tagCount
  /// How many of them are general ones.
  case generalTagCount
  /// North, in ten-millionths of a degree.
  case latitude
  /// East, in ten-millionths of a degree.
  case longitude
  /// The place of its folder among all folders in natural order of their paths, root by root: what
  /// is below a folder is a range.
  case folderPlace
  /// The place of its name among all names in natural order.
  case namePlace
}

/// What assets are filtered and counted by as one of a few values. A value is a small id whose meaning
/// the engine keeps; 0 is none.
package enum FacetColumn: UInt8, Sendable, CaseIterable, Hashable {
  /// `AssetState`.
  case state
  /// `ContentRating`: general, sensitive, questionable, explicit.
  case rating
  /// `MediaFormat`.
  case format
  /// Make and model together.
  case camera
  /// The lens.
  case lens
  /// The year it was taken.
  case year
  /// The file name's ending.
  case fileExtension
}

/// What an asset is or has, one bit each.
package struct AssetFlags: OptionSet, Sendable, Hashable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let favourite = AssetFlags(rawValue: 1 << 0)
  package static let video = AssetFlags(rawValue: 1 << 1)
  package static let animated = AssetFlags(rawValue: 1 << 2)
  package static let raw = AssetFlags(rawValue: 1 << 3)
  package static let hdr = AssetFlags(rawValue: 1 << 4)
  /// Another asset has the same content.
  package static let duplicate = AssetFlags(rawValue: 1 << 5)
  package static let gps = AssetFlags(rawValue: 1 << 6)
  package static let edits = AssetFlags(rawValue: 1 << 7)
  package static let sidecar = AssetFlags(rawValue: 1 << 8)
  package static let parent = AssetFlags(rawValue: 1 << 9)
  package static let child = AssetFlags(rawValue: 1 << 10)
  package static let note = AssetFlags(rawValue: 1 << 11)
}

/// What the index keeps of one asset, beside its tags.
package struct AssetRow: Sendable {
  /// The asset's id, which is its place in all bitmaps and columns. Ids are never used twice, and a
  /// catalog that has given out more than 2^32 of them is refused.
  package var id: UInt32
  /// By `NumericColumn.rawValue`; nil is none.
  package var numbers: [18 of Int64?]
  /// By `FacetColumn.rawValue`; 0 is none.
  package var facets: [7 of UInt32]
  package var flags: AssetFlags
  /// The shape a grid lays it out with (`AspectByte`).
  package var aspect: UInt8

  package init(id: UInt32) {
    self.id = id
    numbers = .init(repeating: nil)
    facets = .init(repeating: 0)
    flags = []
    aspect = 0
  }

  package subscript(column: NumericColumn) -> Int64? {
    get { numbers[Int(column.rawValue)] }
    set { numbers[Int(column.rawValue)] = newValue }
  }

  package subscript(column: FacetColumn) -> UInt32 {
    get { facets[Int(column.rawValue)] }
    set { facets[Int(column.rawValue)] = newValue }
  }
}
