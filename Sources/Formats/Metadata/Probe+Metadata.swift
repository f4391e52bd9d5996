import Media

/// Where a header keeps its metadata; both may be absent.
struct EmbeddedMetadata {
  var exif: EXIF?
  /// The XMP packet, as a range of the file.
  var xmpRange: Range<Int>?
  /// The XMP packet, where it is not stored plainly.
  var xmpPacket: [UInt8]?

  /// Metadata that says nothing.
  init() {}
}

extension Probe {
  /// Takes over what the metadata says: EXIF first, XMP where EXIF is silent.
  ///
  /// EXIF's DateTime comes after the dates of XMP: it is the time of the last change.
  ///
  /// - Parameter takesOrientation: False where the format says itself how to turn the picture.
  /// - Throws: `.unreadable` only.
  mutating func take(
    _ metadata: EmbeddedMetadata, _ reader: MediaReader, takesOrientation: Bool = true
  ) throws(MediaFailure) {
    if let exif = metadata.exif {
      if takesOrientation, let orientation = exif.orientation { self.orientation = orientation }
      captureTime = exif.captureTime ?? captureTime
      cameraMake = exif.make ?? cameraMake
      cameraModel = exif.model ?? cameraModel
      position = exif.position ?? position
    }
    let wantsOrientation = takesOrientation && metadata.exif?.orientation == nil
    if captureTime == nil || position == nil || cameraModel == nil || wantsOrientation {
      if let packet = metadata.xmpPacket {
        fillGaps(from: XMPScan(packet), takesOrientation: wantsOrientation)
      } else if let range = metadata.xmpRange {
        do throws(MediaFailure) {
          let packet = try reader.bytes(
            from: range.lowerBound, to: range.upperBound, limit: ProbeLimits.xmpByteCount)
          fillGaps(from: XMPScan(packet), takesOrientation: wantsOrientation)
        } catch {
          if error.kind == .unreadable { throw error }
        }
      }
    }
    captureTime = captureTime ?? metadata.exif?.modificationTime
  }

  private mutating func fillGaps(from xmp: XMPScan, takesOrientation: Bool) {
    if takesOrientation, let orientation = xmp.orientation { self.orientation = orientation }
    captureTime = captureTime ?? xmp.captureTime
    position = position ?? xmp.position
    cameraMake = cameraMake ?? xmp.make
    cameraModel = cameraModel ?? xmp.model
  }
}
