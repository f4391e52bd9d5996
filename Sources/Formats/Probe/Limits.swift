import Media

/// What a header may claim at most.
package enum ProbeLimits {
  /// Pixels of one picture. More cannot be indexed by 32 bits in most decoders.
  static let pixelCount = 1 << 31
  /// Pixels along one side.
  static let side = 1_000_000
  /// Boxes, chunks, segments or blocks that are walked in one file before the walk ends.
  static let stepCount = 65_536
  /// Entries of one TIFF directory that are looked at; real ones have fewer than a hundred.
  static let directoryEntryCount = 1024
  /// Bytes of an XMP packet that are looked at.
  static let xmpByteCount = 262_144
  /// Bytes of one text value that are kept.
  package static let textByteCount = 256
}

extension MediaReader {
  /// Checks what the header claims and starts a probe with it.
  ///
  /// - Throws: `.corrupt` for a side of zero, `.tooLarge` past the limits.
  func makeProbe(_ format: MediaFormat, width: Int, height: Int) throws(MediaFailure) -> Probe {
    try checkDimensions(width: width, height: height)
    return Probe(format: format, storedWidth: UInt32(width), storedHeight: UInt32(height))
  }

  func checkDimensions(width: Int, height: Int) throws(MediaFailure) {
    guard width > 0, height > 0 else {
      throw corrupt("it says the picture is \(width) × \(height) pixels")
    }
    guard width <= ProbeLimits.side, height <= ProbeLimits.side,
      width * height <= ProbeLimits.pixelCount
    else {
      throw MediaFailure(
        .tooLarge,
        "The \(formatName) header says \(width) × \(height) pixels; the limits are "
          + "\(ProbeLimits.side) along a side and \(ProbeLimits.pixelCount) in all.")
    }
  }
}
