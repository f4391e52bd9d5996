import CScan
import Glibc
import Platform

/// What of a directory a scan cares about: files with known extensions and folders to descend into,
/// each sorted by name bytes.
struct DirectoryListing: Sendable {
  /// Files that may be media, by extension.
  var files = PackedNames()
  /// Directories, and symbolic links to some when links are followed.
  var folders = PackedNames()
  /// There is an ignore file.
  var hasIgnoreRules = false
  /// Not one entry, not even a hidden one: what an empty mount point looks like.
  var isEmpty = true

  var byteCount: Int { files.byteCount + folders.byteCount }

  /// Drops what the rules ignore.
  ///
  /// - Parameters:
  ///   - rules: the rules that hold here.
  ///   - folder: this directory's path below the root.
  mutating func drop(by rules: IgnoreRules, folder: [UInt8]) {
    func isKept(_ name: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
      let path = rules.needsPaths ? folder.appendingComponent(name)[...] : []
      return !rules.ignores(name: name, path: path, isDirectory: isDirectory)
    }
    files.keep { name, _ in isKept(name, isDirectory: false) }
    // A link is no directory to a pattern that wants one, as in git.
    folders.keep { name, kind in isKept(name, isDirectory: kind == .directory) }
  }
}

/// Reads directories with one buffer that it keeps. Used by one thread.
final class DirectoryReader {
  /// 32 KiB hold about 800 entries a call, as glibc's readdir has it.
  private static let bufferByteCount = 32 << 10
  private let fileSystem: FileSystem
  private let followsLinks: Bool
  private let extensions = ExtensionSet.scanned
  private static let ignoreFileName = Array(IgnoreRules.fileName.utf8)
  private var buffer = [UInt64](repeating: 0, count: bufferByteCount / 8)

  init(fileSystem: FileSystem, followsLinks: Bool) {
    self.fileSystem = fileSystem
    self.followsLinks = followsLinks
  }

  /// Lists a directory whose descriptor nobody has read from yet.
  ///
  /// - Parameters:
  ///   - directory: what to list.
  ///   - name: its name, for faults.
  ///   - grow: asked when the listing has grown by about a megabyte since it last was; throws to
  ///     give up.
  func list(
    _ directory: OpenDirectory, name: ArraySlice<UInt8>,
    grow: (_ byteCount: Int) throws -> Void = { _ in }
  ) throws -> DirectoryListing {
    var listing = DirectoryListing()
    var announced = 0
    while true {
      try fileSystem.checkListing(name)
      let raw = directory.descriptor.rawValue
      let count = try systemCall("getdents64") {
        unsafe buffer.withUnsafeMutableBytes { bytes in
          unsafe cscan_list(raw, bytes.baseAddress, bytes.count)
        }
      }
      if count == 0 { break }
      unsafe buffer.withUnsafeBytes { bytes in
        var offset = 0
        while offset < count {
          let entry = unsafe cscan_entry_at(bytes.baseAddress, offset)
          offset = unsafe entry.next
          unsafe take(
            UnsafeBufferPointer(start: entry.name, count: entry.name_length),
            kind: FileStatus.Kind(entry.kind), in: directory, into: &listing)
        }
      }
      if listing.byteCount - announced > 1 << 20 || listing.files.isFull {
        announced = listing.byteCount
        try grow(announced)
      }
    }
    listing.files.sort()
    listing.folders.sort()
    return listing
  }

  private func take(
    _ name: UnsafeBufferPointer<UInt8>, kind: FileStatus.Kind, in directory: OpenDirectory,
    into listing: inout DirectoryListing
  ) {
    guard let first = unsafe name.first else { return }
    if first == UInt8(ascii: ".") {
      let isSelfOrParent =
        unsafe name.count == 1 || (name.count == 2 && name[1] == UInt8(ascii: "."))
      if !isSelfOrParent { listing.isEmpty = false }
      if unsafe name.elementsEqual(Self.ignoreFileName) { listing.hasIgnoreRules = true }
      return
    }
    listing.isEmpty = false
    var kind = kind
    // Directories have no extension to filter by; of the rest only what may be a picture is worth
    // asking about.
    if kind == .unknown || (kind == .link && followsLinks) {
      guard
        let status = try? fileSystem.status(
          unsafe TerminatedName(name), in: directory, followsLinks: followsLinks)
      else {
        // A dangling link is nothing; a file that cannot be asked is told about when it is read.
        if kind == .unknown { kind = .file } else { return }
        return unsafe appendFile(name, into: &listing)
      }
      if kind == .link && status.kind == .directory {
        // Marked, so that it is opened through the link and checked for loops.
        unsafe listing.folders.append(name, kind: .link)
        return
      }
      kind = status.kind
    }
    switch kind {
    case .directory: unsafe listing.folders.append(name, kind: .directory)
    case .file: unsafe appendFile(name, into: &listing)
    case .link, .special, .unknown: break
    }
  }

  private func appendFile(
    _ name: UnsafeBufferPointer<UInt8>, into listing: inout DirectoryListing
  ) {
    guard unsafe name.contains(UInt8(ascii: ".")) else { return }
    let copy = unsafe Array(name)
    if extensions.matches(copy[...]) { listing.files.append(copy, kind: .file) }
  }
}
