import Media

/// Tells camera RAW files that are TIFF files in form from pictures meant to be TIFF files.
enum TIFFSniff {
  /// True for RAW: a DNG version, Canon's or Phase One's mark, or sensor data in a directory.
  static func isRaw(_ reader: MediaReader, fileExtension: String) throws(MediaFailure) -> Bool {
    if try reader.matches("CR", at: 8) { return true }
    if try reader.matches("IIII", at: 8) { return true }
    guard let structure = try TIFFStructure(reader, base: 0, end: reader.byteCount) else {
      return false
    }
    var evidence = Evidence()
    do throws(MediaFailure) {
      try evidence.look(structure, at: structure.firstDirectory)
      for directory in evidence.subdirectories { try evidence.look(structure, at: directory) }
    } catch {
      if error.kind == .unreadable { throw error }
    }
    if evidence.isDNG || evidence.isSensorData { return true }
    return evidence.hasMake && MediaFormat.cameraRaw.fileExtensions.contains(fileExtension)
  }

  private struct Evidence {
    var isDNG = false
    var isSensorData = false
    var hasMake = false
    var subdirectories: [Int] = []

    mutating func look(_ structure: TIFFStructure, at directory: Int) throws(MediaFailure) {
      var found = self
      let isFirst = directory == structure.firstDirectory
      _ = try structure.forEachEntry(at: directory) { entry throws(MediaFailure) in
        switch entry.tag {
        case 0x010F: found.hasMake = true
        case 0xC612: found.isDNG = true
        case 0x0103:
          if let compression = try structure.integer(entry) {
            found.isSensorData = found.isSensorData || rawCompressions.contains(compression)
          }
        case 0x0106:  // photometric interpretation: colour filter array, linear raw
          let value = try structure.integer(entry)
          found.isSensorData = found.isSensorData || value == 32803 || value == 34892
        case 0x014A where isFirst:
          for index in 0..<min(entry.count, 8) {
            if let place = try structure.integer(entry, index) {
              found.subdirectories.append(place)
            }
          }
        default: break
        }
      }
      self = found
    }
  }

  /// Sony, Epson, Samsung (two), Nikon, Pentax, Kodak (two).
  private static let rawCompressions: Set<Int> = [
    32767, 32769, 32770, 32772, 34713, 65535, 65000, 32867,
  ]
}
