import Media
import Platform

/// Why there is no thumbnail.
public enum ThumbnailError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No asset has this id.
  case unknownAsset(AssetID)
  /// The file is gone, or its root cannot be reached.
  case missing(FilePath)
  /// The file cannot be shown; the reason is remembered until it changes or the user asks again.
  case broken(FilePath, MediaFailure)
  /// The file is not the one that was scanned; it is scanned again, then there is a new version.
  case changed(FilePath)
  /// So many wait already that this one was refused; try again in a moment.
  case busy(waiting: Int)
  /// The store was closed.
  case closed

  /// One sentence: what, which file, why and the way out.
  public var description: String {
    switch self {
    case .unknownAsset(let id): "No asset has the number \(id)."
    case .missing(let path):
      "\(path): the file is gone or its disk is not there; bring it back and scan again."
    case .broken(let path, let failure): "\(path): \(failure.message)"
    case .changed(let path): "\(path): the file has changed since it was scanned; scan again."
    case .busy(let waiting):
      "\(waiting) thumbnails are wanted already; try again in a moment."
    case .closed: "The library is closing."
    }
  }
}
