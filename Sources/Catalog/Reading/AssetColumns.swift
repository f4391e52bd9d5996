import Media
import Platform

/// The columns of an `AssetSummary` and of an `AssetRecord`, and how they are read.
enum AssetColumns {
  /// What `summary(from:)` reads, in its order.
  static let summary = """
    a.id, a.folder_id, a.name, a.format, a.kind, a.stored_width, a.stored_height, a.orientation,
    a.captured_ms, a.offset_minutes, a.added_ms, a.byte_count, a.rating, a.duration_ms,
    a.frame_count, a.modified_ns, a.inode, a.placeholder, a.state, a.failure_stage,
    a.failure_kind, a.failure_message, a.failed_ms, a.failure_count, a.latitude, a.longitude,
    a.altitude
    """
  private static let summaryCount: Int32 = 27

  /// What `record(from:)` reads: the summary's columns, then its own.
  static let record = """
    \(summary), a.fingerprint_high, a.fingerprint_low, a.bits, a.channels, a.flags,
    a.metadata_state, (SELECT name FROM makes WHERE id = a.make_id),
    (SELECT name FROM models WHERE id = a.model_id), f.root_id, r.state, r.path, f.path
    """
  static let recordTables =
    "assets a JOIN folders f ON f.id = a.folder_id JOIN roots r ON r.id = f.root_id"

  static func summary(from row: Statement) -> AssetSummary {
    let orientation = Orientation(rawValue: UInt8(truncatingIfNeeded: row.int(7))) ?? .up
    let storedWidth = UInt32(clamping: row.int(5))
    let storedHeight = UInt32(clamping: row.int(6))
    return AssetSummary(
      id: AssetID(rawValue: row.int(0)), folder: FolderID(rawValue: row.int(1)),
      nameBytes: row.bytes(2), format: format(row),
      kind: row.int(4) == 2 ? .video : .image,
      width: orientation.swapsAxes ? storedHeight : storedWidth,
      height: orientation.swapsAxes ? storedWidth : storedHeight,
      captureTime: captureTime(row), addedMilliseconds: row.int(10), byteCount: row.int(11),
      rating: Int(row.int(12)), durationMilliseconds: row.optionalInt(13),
      frameCount: UInt32(clamping: max(1, row.int(14))), version: version(row),
      placeholder: row.optionalBytes(17),
      state: AssetState(rawValue: UInt8(truncatingIfNeeded: row.int(18))) ?? .ok,
      failure: failure(row), position: position(row))
  }

  static func record(from row: Statement) -> AssetRecord {
    let first = summaryCount
    let path = FilePath(bytes: row.bytes(first + 10))
      .appending(bytes: row.bytes(first + 11)).appending(bytes: row.bytes(2))
    let fingerprint: Fingerprint? =
      row.isNull(first)
      ? nil
      : Fingerprint(
        high: UInt64(bitPattern: row.int(first)), low: UInt64(bitPattern: row.int(first + 1)))
    return AssetRecord(
      summary: summary(from: row), root: RootID(rawValue: row.int(first + 8)),
      rootState: row.int(first + 9) == 2 ? .offline : .online, path: path, probe: probe(row),
      modifiedNanoseconds: row.int(15), inode: UInt64(bitPattern: row.int(16)),
      fingerprint: fingerprint, hasMetadata: row.int(first + 5) == 1)
  }

  /// What the header said; nil for a file that could not be read. Needs the record's columns.
  static func probe(_ row: Statement) -> Probe? {
    guard let format = format(row) else { return nil }
    let first = summaryCount
    var probe = Probe(
      format: format, storedWidth: UInt32(clamping: row.int(5)),
      storedHeight: UInt32(clamping: row.int(6)))
    probe.orientation = Orientation(rawValue: UInt8(truncatingIfNeeded: row.int(7))) ?? .up
    probe.captureTime = captureTime(row)
    probe.cameraMake = row.optionalText(first + 6)
    probe.cameraModel = row.optionalText(first + 7)
    probe.position = position(row)
    probe.frameCount = UInt32(clamping: max(1, row.int(14)))
    probe.durationMilliseconds = row.optionalInt(13)
    probe.bitsPerChannel = UInt8(clamping: row.int(first + 2))
    probe.channelCount = UInt8(clamping: row.int(first + 3))
    probe.hasAlpha = row.int(first + 4) & 1 != 0
    probe.isProgressive = row.int(first + 4) & 2 != 0
    return probe
  }

  static func version(_ row: Statement) -> ContentVersion {
    ContentVersion(
      byteCount: row.int(11), modifiedNanoseconds: row.int(15),
      inode: UInt64(bitPattern: row.int(16)))
  }

  private static func format(_ row: Statement) -> MediaFormat? {
    MediaFormat(rawValue: UInt8(truncatingIfNeeded: row.int(3)))
  }

  private static func captureTime(_ row: Statement) -> CaptureTime? {
    row.optionalInt(8).map {
      CaptureTime(
        wallMilliseconds: $0, offsetMinutes: row.optionalInt(9).map { Int16(clamping: $0) })
    }
  }

  private static func failure(_ row: Statement) -> AssetFailure? {
    guard let kind = MediaFailure.Kind(rawValue: UInt8(truncatingIfNeeded: row.int(20))) else {
      return nil
    }
    return AssetFailure(
      stage: AssetFailure.Stage(rawValue: UInt8(truncatingIfNeeded: row.int(19))) ?? .probe,
      failure: MediaFailure(kind, row.text(21)), failedMilliseconds: row.int(22),
      attemptCount: Int(row.int(23)))
  }

  private static func position(_ row: Statement) -> GeoPosition? {
    guard let latitude = row.optionalDouble(24), let longitude = row.optionalDouble(25) else {
      return nil
    }
    return GeoPosition(
      latitude: latitude, longitude: longitude, altitudeMetres: row.optionalDouble(26))
  }
}
