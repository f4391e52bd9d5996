import Media

/// Reads one header after the other. Not thread-safe.
public final class HeaderReader {
  /// The memory of the last file's head, used again for the next.
  private var spareHead: [UInt8] = []

  /// A reader that has read nothing yet.
  public init() {}

  /// What a file's header says, and the file's fingerprint, from one read of its head.
  ///
  /// - Parameters:
  ///   - descriptor: the file, open for reading, at any offset; borrowed.
  ///   - fileExtension: lower case, without the dot.
  /// - Throws: as `Formats.probe` and `Formats.fingerprint` do; a failure carries the fingerprint.
  public func report(
    _ descriptor: CInt, fileExtension: String
  ) throws(MediaFailure) -> (probe: Probe, fingerprint: Fingerprint) {
    let spare = spareHead
    spareHead = []
    let source = try DescriptorSource(borrowing: descriptor, reusing: spare)
    defer { spareHead = source.takeHead() }
    do throws(MediaFailure) {
      let probe = try Formats.probe(source, fileExtension: fileExtension)
      return (probe, try Formats.fingerprint(source))
    } catch {
      var failure = error
      // All empty files are alike, which says nothing of one that moved.
      if source.byteCount > 0 { failure.fingerprint = try? Formats.fingerprint(source) }
      throw failure
    }
  }
}
