import Catalog
import Media

/// Turns what the catalog says of assets into rows of the index, and keeps what the values of its
/// facets mean.
struct RowReader {
  /// Make and model together.
  var cameras = FacetNames()
  var lenses = FacetNames()
  /// In lower case, without the dot.
  var extensions = FacetNames()

  private struct CameraKey: Hashable {
    let make: Int64
    let model: Int64
  }

  private var cameraIDs: [CameraKey: UInt32] = [:]
  private var lastCamera: (key: CameraKey, id: UInt32)?
  // The year of the last asset with a time, in milliseconds: the next one is likely of the same.
  private var lastYear: (range: Range<Int64>, year: UInt32)?

  /// What its names take.
  var byteCount: Int {
    cameras.byteCount + lenses.byteCount + extensions.byteCount + cameraIDs.count * 64
  }

  /// An asset's row but for the place of its name.
  ///
  /// - Parameter tags: gets the asset's tags, ascending; its storage is kept.
  /// - Throws: `CatalogError` when its tags cannot be read.
  mutating func row(
    _ asset: IndexedAsset, tags: inout [UInt32], folders: inout FolderPlaces,
    names: TagNames, in database: Database
  ) throws -> AssetRow {
    tags.removeAll(keepingCapacity: true)
    let isRead = unsafe asset.withTags { bytes in
      unsafe AssetTagCoding.forEachTag(in: bytes.bytes) { tags.append($0) }
    }
    guard isRead else {
      throw CatalogError(
        .corrupt, path: database.path, reason: "the tags of asset \(asset.id) cannot be read")
    }
    var row = try row(asset, in: database)
    row[.tagCount] = Int64(tags.count)
    row[.generalTagCount] = Int64(tags.count { names.category(of: $0) == .general })
    row[.folderPlace] = folders.place(of: asset.folder)
    return row
  }

  /// All of an asset's row but its tags and the places of its folder and its name.
  private mutating func row(_ asset: IndexedAsset, in database: Database) throws -> AssetRow {
    var row = AssetRow(id: UInt32(truncatingIfNeeded: asset.id.rawValue))
    row.aspect = asset.aspect.rawValue
    row[.state] = UInt32(asset.state.rawValue)
    row[.stars] = asset.stars
    row[.added] = asset.addedMilliseconds
    row[.byteCount] = asset.byteCount
    row[.duration] = asset.durationMilliseconds
    if let captured = asset.capturedMilliseconds {
      row[.captured] = captured
      row[.year] = year(captured)
    }
    if let (width, height) = asset.dimensions {
      row[.width] = width
      row[.height] = height
      row[.pixels] = width * height
      row[.ratio] = (width * 10_000 + height / 2) / height
    }
    row[.iso] = asset.iso
    row[.aperture] = Self.whole(asset.aperture, 100)
    row[.focalLength] = Self.whole(asset.focalLength, 10)
    if let position = asset.position {
      row[.latitude] = Self.whole(position.latitude, 1e7)
      row[.longitude] = Self.whole(position.longitude, 1e7)
      row.flags.insert(.gps)
    }
    row[.lens] = unsafe asset.withLens { unsafe lenses.id(of: $0) }
    row[.camera] = try camera(asset.camera, in: database)
    row[.fileExtension] = unsafe asset.withName { unsafe fileExtension($0) }
    row[.rating] = UInt32(clamping: asset.contentRating)
    if asset.isFavourite { row.flags.insert(.favourite) }
    if asset.isChild { row.flags.insert(.parent) }
    if asset.isParent { row.flags.insert(.child) }
    if asset.hasNote { row.flags.insert(.note) }
    let format = asset.format
    row[.format] = UInt32(format?.rawValue ?? 0)
    if asset.kind == .video { row.flags.insert(.video) }
    if format == .cameraRaw { row.flags.insert(.raw) }
    if let format, Self.isAnimated(format, frameCount: asset.frameCount) {
      row.flags.insert(.animated)
    }
    // Formats of light, and whatever else has its samples as floats.
    if format == .openEXR || format == .radianceHDR || asset.bitsPerChannel >= 32 {
      row.flags.insert(.hdr)
    }
    return row
  }

  /// Frames of these are an animation; those of others are pages, or sizes of an icon.
  private static func isAnimated(_ format: MediaFormat, frameCount: Int64) -> Bool {
    guard frameCount > 1 else { return false }
    return switch format {
    case .gif, .png, .webp, .avif, .heif, .jpegXL: true
    default: false
    }
  }

  private static func whole(_ value: Double?, _ scale: Double) -> Int64? {
    guard let value, value.isFinite, abs(value) < 1e12 else { return nil }
    return Int64((value * scale).rounded())
  }

  private mutating func year(_ milliseconds: Int64) -> UInt32 {
    if let lastYear, lastYear.range.contains(milliseconds) { return lastYear.year }
    let year = CaptureTime(wallMilliseconds: milliseconds).calendar.year
    guard (1...9998).contains(year),
      let first = CaptureTime(year: year, month: 1, day: 1, hour: 0, minute: 0, second: 0),
      let next = CaptureTime(year: year + 1, month: 1, day: 1, hour: 0, minute: 0, second: 0)
    else { return UInt32(clamping: year) }
    lastYear = (first.wallMilliseconds..<next.wallMilliseconds, UInt32(year))
    return UInt32(year)
  }

  private mutating func camera(
    _ camera: (make: Int64, model: Int64), in database: Database
  ) throws -> UInt32 {
    if camera.make == 0, camera.model == 0 { return 0 }
    let key = CameraKey(make: camera.make, model: camera.model)
    if let lastCamera, lastCamera.key == key { return lastCamera.id }
    let id: UInt32
    if let known = cameraIDs[key] {
      id = known
    } else {
      let name = Probe.cameraName(
        make: try Self.name(camera.make, of: "makes", in: database),
        model: try Self.name(camera.model, of: "models", in: database))
      id = unsafe Array((name ?? "").utf8).withUnsafeBytes { unsafe cameras.id(of: $0) }
      cameraIDs[key] = id
    }
    lastCamera = (key, id)
    return id
  }

  private static func name(
    _ id: Int64, of table: StaticString, in database: Database
  ) throws -> String? {
    if id == 0 { return nil }
    return try database.withStatement("SELECT name FROM \(table) WHERE id = ?") { row in
      try row.bind(id, at: 1)
      return try row.step() ? row.text(0) : nil
    }
  }

  /// The longest ending that is one: what comes after a dot in a sentence is not.
  private static let extensionByteLimit = 16

  private mutating func fileExtension(_ name: UnsafeRawBufferPointer) -> UInt32 {
    var start = name.count
    let lowest = max(1, name.count - Self.extensionByteLimit - 1)
    while start >= lowest, unsafe start == name.count || name[start] != UInt8(ascii: ".") {
      start -= 1
    }
    guard start >= lowest, start + 1 < name.count else { return 0 }
    return unsafe withUnsafeTemporaryAllocation(
      byteCount: Self.extensionByteLimit, alignment: 1
    ) { lower in
      let count = name.count - start - 1
      for index in 0..<count {
        let byte = unsafe name[start + 1 + index]
        let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        unsafe lower[index] = isUpper ? byte | 0x20 : byte
      }
      return unsafe extensions.id(of: UnsafeRawBufferPointer(rebasing: lower[..<count]))
    }
  }
}
