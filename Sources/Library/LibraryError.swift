import Platform

/// Why a library could not be opened or used: one sentence with the way out.
public struct LibraryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds a caller may want to tell apart.
  public enum Kind: Sendable, Equatable {
    /// There is no library where one was looked for.
    case notFound
    /// A folder that was given is not there, or is not a folder.
    case folderMissing
    /// The system does not let this user read or write there.
    case notPermitted
    /// The library's own folder cannot be written.
    case readOnly
    /// Another process has the library open.
    case locked
    /// A setting has a value it cannot have.
    case invalidSetting
    /// The memory limit is too small.
    case memoryLimit
    /// The worker executable is not where it must be.
    case workerMissing
    /// Something else of the system.
    case system
  }

  /// What kind it is.
  public let kind: Kind
  /// The file or folder it is about.
  public let path: FilePath?
  public let description: String

  init(_ kind: Kind, path: FilePath? = nil, _ description: String) {
    self.kind = kind
    self.path = path
    self.description = description
  }
}
