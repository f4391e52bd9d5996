import MemoryBudget
import Platform

/// Why a snapshot of the index cannot be used; the index is made again from the catalog then.
package enum IndexFileError: Error, CustomStringConvertible {
  /// It could not be read or written.
  case system(SystemError)
  /// It is not what was written: cut off, changed, or of another version.
  case damaged(FilePath, String)
  /// It reflects another state of the catalog.
  case outdated(FilePath, changeNumber: Int64)
  /// There is no room for it.
  case index(SearchIndexError)

  package var description: String {
    switch self {
    case .system(let error): "\(error)"
    case .damaged(let path, let reason):
      "\(path): \(reason); the search index is made again from the catalog"
    case .outdated(let path, let changeNumber):
      "\(path): it is of change \(changeNumber) of the catalog; the search index is made again"
    case .index(let error): "\(error)"
    }
  }
}

/// The file that keeps an index between two runs.
package enum IndexFile {
  /// Writes an index, whole or not at all.
  package static func save(_ index: SearchIndex, to path: FilePath) throws(IndexFileError) {
    throw .damaged(path, "snapshots are not written yet")
  }

  /// Reads an index.
  ///
  /// - Parameter changeNumber: the catalog's, which the file must be of; nil takes any.
  package static func load(
    from path: FilePath, changeNumber: Int64?, budget: MemoryBudget
  ) throws(IndexFileError) -> SearchIndex {
    throw .damaged(path, "snapshots are not written yet")
  }
}
