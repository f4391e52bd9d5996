import Catalog
import Media
import Platform

/// A new or changed file, open and on its way to the prober.
struct Candidate: Sendable {
  let root: RootID
  /// The folder's path below the root, shared by its files.
  let folder: [UInt8]
  let name: [UInt8]
  /// The row at this path, when there is one.
  let known: AssetID?
  /// Its absolute path, for messages.
  let path: FilePath
  /// What kept the known file from being probed last time, when that is worth another try.
  let previousFailure: MediaFailure.Kind?
  /// What `fstat` said before it was probed.
  var status: FileStatus
  /// Nil when it could not be opened: `failure` says why.
  let file: OpenFile?
  let failure: MediaFailure?
}

/// A file with what its probe gave.
struct Finding: Sendable {
  let root: RootID
  /// It failed the last time too, in the same way: nothing to write.
  let isRepeatedFailure: Bool
  var file: ScannedFile
  /// Its absolute path, for messages.
  var path: FilePath
}

/// A known file that was not in its folder's listing.
struct Absence: Sendable {
  let root: RootID
  let id: AssetID
  let folder: [UInt8]
  let name: [UInt8]
}
