import CSearchKernels
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
///
/// A sequence of frames of up to 48 KiB, each with its length and an XXH3 checksum seeded by its number;
/// what is in them is the index's memory as it is, chunk by chunk and tag by tag, with a version before
/// and an end mark behind. Nothing of it is believed: the checksums find what the disk has changed,
/// and everything that a query would follow without looking is checked as well.
package enum IndexFile {
  static let mark: UInt64 = 0x5844_4953_4D42_4C41  // "ALBMSIDX"
  static let endMark: UInt32 = .max
  /// Goes up whenever the layout changes; a file of another version is not read.
  static let version: UInt32 = 1

  /// What a tag's assets are written as.
  enum Kind: UInt8 {
    case one = 1
    case list, dense
  }

  /// Writes an index, whole or not at all. Blocks; takes 64 KiB.
  package static func save(_ index: SearchIndex, to path: FilePath) throws(IndexFileError) {
    do throws(SystemError) {
      // It is made again from the catalog when a power failure takes it.
      try AtomicFile.write(to: path, isDurable: false) { file throws(SystemError) in
        var writer = FrameWriter()
        try write(index, &writer, file)
        try writer.finish(file)
      }
    } catch {
      throw .system(error)
    }
  }

  private static func write(
    _ index: SearchIndex, _ writer: inout FrameWriter, _ file: borrowing FileDescriptor
  ) throws(SystemError) {
    let store = index.store
    try writer.add(mark, file)
    try writer.add(version, file)
    try writer.add(index.changeNumber, file)
    try writer.add(UInt32(store.columns.count), file)
    for column in store.columns {
      try writer.add(column.buckets.last, file)
      for start in column.buckets.starts.dropFirst(2) { try writer.add(start, file) }
      for spread in column.spreads { try writer.add(spread, file) }
    }
    try writer.add(UInt32(store.chunks.count), file)
    for slot in store.order { try write(store.chunks[slot], &writer, file) }
    var failure: SystemError?
    do throws(SystemError) {
      try index.tags.forEach { tag, postings throws(SystemError) in
        try write(tag, postings, store, &writer, file)
      }
    } catch {
      failure = error
    }
    if let failure { throw failure }
    try writer.add(endMark, file)
  }

  private static func write(
    _ chunk: Chunk, _ writer: inout FrameWriter, _ file: borrowing FileDescriptor
  ) throws(SystemError) {
    try writer.add(chunk.key, file)
    try writer.add(UInt32(chunk.capacity), file)
    try unsafe writer.add(UnsafeRawBufferPointer(chunk.alive.bytes), file)
    try unsafe writer.add(UnsafeRawBufferPointer(chunk.aspectBytes), file)
    for flag in chunk.flags {
      try writer.add(UInt8(flag == nil ? 0 : 1), file)
      if let flag { try unsafe writer.add(UnsafeRawBufferPointer(flag.bytes), file) }
    }
    for part in chunk.parts {
      guard let codes = unsafe part.codes else {
        try writer.add(UInt8(0), file)
        continue
      }
      try writer.add(UInt8(1), file)
      try writer.add(part.width, file)
      try unsafe writer.add(UnsafeRawBufferPointer(start: codes, count: chunk.capacity), file)
      if let numbers = unsafe part.residuals {
        let size = ColumnPart.residualByteCount(width: part.width, capacity: chunk.capacity)
        try unsafe writer.add(UnsafeRawBufferPointer(start: numbers, count: size), file)
      }
    }
  }

  private static func write(
    _ tag: UInt32, _ postings: Postings, _ store: AssetStore, _ writer: inout FrameWriter,
    _ file: borrowing FileDescriptor
  ) throws(SystemError) {
    switch postings {
    case .none: return
    case .one(let id):
      try writer.add(tag, file)
      try writer.add(Kind.one.rawValue, file)
      try writer.add(id, file)
    case .list(let list):
      try writer.add(tag, file)
      try writer.add(Kind.list.rawValue, file)
      try writer.add(UInt32(list.count), file)
      try writer.add(UInt32(list.byteCount), file)
      try unsafe writer.add(
        UnsafeRawBufferPointer(start: list.bytes, count: list.byteCount), file)
    case .dense(let dense):
      try writer.add(tag, file)
      try writer.add(Kind.dense.rawValue, file)
      // In the order of the chunks, which have other slots when they are read.
      for slot in store.order {
        try writer.add(UInt8(dense[slot] == nil ? 0 : 1), file)
        if let bits = dense[slot] {
          try unsafe writer.add(UnsafeRawBufferPointer(bits.bytes), file)
        }
      }
    }
  }

  /// Reads an index. Blocks; takes 64 KiB more than the index.
  ///
  /// - Parameter changeNumber: the catalog's, which the file must be of; nil takes any.
  package static func load(
    from path: FilePath, changeNumber: Int64?, budget: MemoryBudget
  ) throws(IndexFileError) -> SearchIndex {
    var reader = try FrameReader(path)
    let found = try reader.load(changeNumber: changeNumber, into: SearchIndex(budget: budget))
    return found
  }
}
