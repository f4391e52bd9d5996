import Glibc
import Platform

/// Where libraries lie.
///
/// A library of `/home/ada/Pictures` is `$XDG_DATA_HOME/albumen/Pictures-1f3a9c02/`: the folder's name
/// for people, and a hash of its path so that two folders of one name do not share a library. A
/// portable one is `.albumen/` in the folder itself.
public enum LibraryLocation {
  /// The file that makes a directory a library.
  static let catalogName: FilePath = "catalog.db"
  static let portableName = ".albumen"

  /// The directory a new library gets.
  public static func directory(forRoot root: FilePath, isPortable: Bool) throws(LibraryError)
    -> FilePath
  {
    if isPortable { return root.appending(portableName) }
    return try dataDirectory().appending(bytes: directoryName(forRoot: root))
  }

  /// Finds a library from its directory or from one of its roots; nil when there is none.
  public static func locate(_ path: FilePath) throws(LibraryError) -> FilePath? {
    guard let path = canonical(path) else { return nil }
    for candidate in [path, path.appending(portableName)] where isLibrary(candidate) {
      return candidate
    }
    guard let data = try? dataDirectory() else { return nil }
    let own = data.appending(bytes: directoryName(forRoot: path))
    if isLibrary(own) { return own }
    // Not its first root: look whose settings name it.
    for name in entries(of: data) {
      let directory = data.appending(bytes: name)
      guard isLibrary(directory), let settings = try? LibrarySettings.load(from: directory) else {
        continue
      }
      if settings.roots.contains(path) { return directory }
    }
    return nil
  }

  /// The path without links and dots; nil when there is nothing there.
  static func canonical(_ path: FilePath) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let isThere = unsafe path.withCString { text in
      unsafe buffer.withUnsafeMutableBufferPointer { unsafe realpath(text, $0.baseAddress) != nil }
    }
    return isThere ? FilePath(bytes: buffer.map { UInt8(bitPattern: $0) }) : nil
  }

  static func isLibrary(_ directory: FilePath) -> Bool {
    unsafe directory.appending(bytes: catalogName.bytes).withCString { unsafe access($0, F_OK) }
      == 0
  }

  /// `$XDG_DATA_HOME/albumen`, or `~/.local/share/albumen`.
  static func dataDirectory() throws(LibraryError) -> FilePath {
    if let data = environment("XDG_DATA_HOME"), data.isAbsolute { return data.appending("albumen") }
    if let home = environment("HOME"), home.isAbsolute {
      return home.appending(".local/share/albumen")
    }
    throw LibraryError(
      .notFound,
      "Neither XDG_DATA_HOME nor HOME is set, so there is no place for a library; give one with "
        + "--library DIR.")
  }

  static func environment(_ name: String) -> FilePath? {
    guard let text = unsafe getenv(name) else { return nil }
    let path = FilePath(unsafe String(cString: text))
    return path.bytes.isEmpty ? nil : path
  }

  static func directoryName(forRoot root: FilePath) -> [UInt8] {
    // FNV-1a: names must be the same for ever, so no hash of the standard library.
    var hash: UInt32 = 0x811C_9DC5
    for byte in root.bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    let digits = String(hash, radix: 16)
    let suffix = "-" + String(repeating: "0", count: 8 - digits.count) + digits
    let name = root.nameBytes.isEmpty ? ArraySlice("root".utf8) : root.nameBytes
    return Array(name.prefix(200)) + Array(suffix.utf8)
  }

  private static func entries(of directory: FilePath) -> [[UInt8]] {
    guard let stream = unsafe directory.withCString({ unsafe opendir($0) }) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [[UInt8]] = []
    while let entry = unsafe readdir(stream), names.count < 10_000 {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe Array(bytes.prefix { $0 != 0 })
      }
      if name.first != UInt8(ascii: ".") { names.append(name) }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }
}
