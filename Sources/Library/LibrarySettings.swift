import Glibc
import MemoryBudget
import Platform

/// A library's `settings.json`: what its user decided for it.
///
/// Keys this version does not know are kept. A value that cannot be is an error that names its key;
/// nothing is guessed.
public struct LibrarySettings: Sendable, Equatable {
  /// `memory`: bytes of the budget, as a number or like `"512M"`.
  public var memoryLimit: Int?
  /// `scanThreads`: 1…64.
  public var scanThreadCount: Int?
  /// `workers`: 1…64.
  public var workerCount: Int?
  /// `jobSeconds`: 1…3600, for one file in a worker.
  public var jobSeconds: Int?
  /// `thumbnailDisk`: bytes of thumbnails on disk, as a number or like `"2G"`; at least 16 MiB.
  public var thumbnailDiskByteLimit: Int64?
  /// `rescanMinutes`: 1…10,080; how often roots that cannot be watched are scanned again.
  public var rescanMinutes: Int?
  /// `followLinks`: whether symbolic links are followed; else only what lies below the roots counts.
  public var followsLinks: Bool?
  /// `oneFileSystem`: whether disks and shares mounted below a root are left out.
  public var staysOnDevice: Bool?
  /// `name`: what the page calls the library.
  public var name: String?
  /// `roots`: the library's folders, noted here so that it is found from any of them.
  public var roots: [FilePath] = []

  private var unknown: [String: JSONValue] = [:]

  static let fileName = "settings.json"

  /// No setting made.
  public init() {}

  /// Reads the settings of a library; none when there is no file.
  public static func load(from directory: FilePath) throws(LibraryError) -> LibrarySettings {
    let path = directory.appending(fileName)
    let bytes: [UInt8]
    do throws(SystemError) {
      let file = try FileDescriptor.open(path, flags: O_RDONLY)
      bytes = try file.read(at: 0, count: 1 << 20)
    } catch {
      if error.code == ENOENT { return LibrarySettings() }
      throw LibraryError(.notPermitted, path: path, "\(path): cannot be read (\(error.reason)).")
    }
    guard let members = JSONValue(json: bytes)?.members else {
      throw LibraryError(
        .invalidSetting, path: path,
        "\(path): is not a JSON object; mend it, or remove it to start with the defaults.")
    }
    var settings = LibrarySettings()
    for (key, value) in members { try settings.take(key, value, path: path) }
    return settings
  }

  /// Writes the settings in one step: whoever reads sees the old ones or the new ones.
  public func save(to directory: FilePath) throws(LibraryError) {
    let path = directory.appending(Self.fileName)
    do {
      try AtomicFile.write(try JSONValue.object(members).prettyText(), to: path)
    } catch let error as SystemError {
      throw LibraryLock.cannotWrite(error, in: directory)
    } catch {
      throw LibraryError(.system, path: path, "\(path): cannot be written (\(error)).")
    }
  }

  private var members: [String: JSONValue] {
    var members = unknown
    members["memory"] = memoryLimit.map { .integer(Int64($0)) }
    members["scanThreads"] = scanThreadCount.map { .integer(Int64($0)) }
    members["workers"] = workerCount.map { .integer(Int64($0)) }
    members["jobSeconds"] = jobSeconds.map { .integer(Int64($0)) }
    members["thumbnailDisk"] = thumbnailDiskByteLimit.map { .integer($0) }
    members["rescanMinutes"] = rescanMinutes.map { .integer(Int64($0)) }
    members["followLinks"] = followsLinks.map { .bool($0) }
    members["oneFileSystem"] = staysOnDevice.map { .bool($0) }
    members["name"] = name.map { .string($0) }
    // Paths that are not UTF-8 cannot stand in JSON; such a library is found by its directory.
    let written = roots.filter { String(validating: $0.bytes, as: UTF8.self) != nil }
    if !written.isEmpty { members["roots"] = .array(written.map { .string($0.description) }) }
    return members
  }

  private mutating func take(_ key: String, _ value: JSONValue, path: FilePath) throws(LibraryError)
  {
    func number(_ range: ClosedRange<Int>) throws(LibraryError) -> Int {
      guard let number = value.wholeNumber, let found = Int(exactly: number), range.contains(found)
      else {
        throw LibraryError(
          .invalidSetting, path: path,
          "\(path): \"\(key)\" must be a whole number from \(range.lowerBound) to "
            + "\(range.upperBound).")
      }
      return found
    }
    func byteCount(atLeast minimum: Int) throws(LibraryError) -> Int {
      let found =
        value.wholeNumber.map { Int($0) } ?? value.text.flatMap { try? MemoryLimit.parse($0) }
      guard let found, found >= minimum else {
        throw LibraryError(
          .invalidSetting, path: path,
          "\(path): \"\(key)\" must be bytes, as a number or like \"512M\", at least \(minimum).")
      }
      return found
    }
    func truth() throws(LibraryError) -> Bool {
      guard case .bool(let found) = value else {
        throw LibraryError(
          .invalidSetting, path: path, "\(path): \"\(key)\" must be true or false.")
      }
      return found
    }
    switch key {
    case "memory": memoryLimit = try byteCount(atLeast: MemoryLimit.minimum)
    case "scanThreads": scanThreadCount = try number(1...64)
    case "workers": workerCount = try number(1...64)
    case "jobSeconds": jobSeconds = try number(1...3600)
    case "thumbnailDisk": thumbnailDiskByteLimit = Int64(try byteCount(atLeast: 16 << 20))
    case "rescanMinutes": rescanMinutes = try number(1...10_080)
    case "followLinks": followsLinks = try truth()
    case "oneFileSystem": staysOnDevice = try truth()
    case "name":
      guard let text = value.text, !text.isEmpty, text.utf8.count <= 200 else {
        throw LibraryError(
          .invalidSetting, path: path, "\(path): \"name\" must be text of 1 to 200 bytes.")
      }
      name = text
    case "roots":
      guard case .array(let items) = value, items.allSatisfy({ $0.text != nil }) else {
        throw LibraryError(
          .invalidSetting, path: path, "\(path): \"roots\" must be a list of paths.")
      }
      roots = items.compactMap { $0.text.map { FilePath($0) } }
    default: unknown[key] = value
    }
  }
}
