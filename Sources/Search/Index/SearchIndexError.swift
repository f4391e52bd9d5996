/// Why the index could not do what it was asked. Nothing has changed then, except where a method
/// says so.
package enum SearchIndexError: Error, Hashable, CustomStringConvertible {
  /// The budget has no room for so many bytes more.
  case noRoom(byteCount: Int)
  /// The system gave no memory, though the budget had room.
  case outOfMemory(byteCount: Int)

  package var description: String {
    switch self {
    case .noRoom(let byteCount):
      "the search index needs \(byteCount) bytes more than the memory limit leaves; raise --memory"
    case .outOfMemory(let byteCount):
      "the system has no \(byteCount) bytes left for the search index"
    }
  }
}
