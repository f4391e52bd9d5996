import Catalog
import Glibc
import MemoryBudget
import Platform

/// What the ids in an index mean; saved beside it.
struct IndexNames: Equatable {
  var cameras: [[UInt8]] = []
  var lenses: [[UInt8]] = []
  var extensions: [[UInt8]] = []
  /// Whether the places of the names are in the index.
  var hasNamePlaces = false
}

/// The snapshot of an index on the disk: `search.index`, and `search.names` with what its ids mean.
///
/// Both carry the catalog's change number. The names are taken away before the index is written and
/// written after it, so a pair that does not belong together is never seen.
struct IndexFiles {
  let indexPath: FilePath
  let namesPath: FilePath
  /// The change number of what is on the disk, as far as it is known.
  private(set) var changeNumber: Int64?

  private static let magic: [UInt8] = Array("AlbmNames1".utf8)
  /// More than this is not read: a library with a million different lenses has none.
  private static let byteLimit: Int64 = 64 << 20

  init(directory: FilePath) {
    indexPath = directory.appending("search.index")
    namesPath = directory.appending("search.names")
  }

  /// Reads the snapshot; nil when there is none.
  ///
  /// - Parameter changeNumbers: of the catalog, from the last change that queries could notice to now:
  ///   a snapshot of any of these says what the catalog does.
  mutating func load(
    changeNumbers: ClosedRange<Int64>, budget: MemoryBudget
  ) throws(IndexFileError) -> (SearchIndex, IndexNames)? {
    changeNumber = nil
    guard let bytes = try names() else { return nil }
    guard let (number, names) = Self.decode(bytes) else {
      throw .damaged(namesPath, "it is not what was written")
    }
    guard changeNumbers.contains(number) else { throw .outdated(namesPath, changeNumber: number) }
    let index = try IndexFile.load(from: indexPath, changeNumber: number, budget: budget)
    changeNumber = number
    return (index, names)
  }

  /// Writes the snapshot.
  mutating func save(_ index: SearchIndex, names: IndexNames) throws(IndexFileError) {
    changeNumber = nil
    _ = unsafe namesPath.withCString { unsafe unlink($0) }
    try IndexFile.save(index, to: indexPath)
    do throws(SystemError) {
      // Whoever loses it in a power failure makes the index again.
      try AtomicFile.write(
        Self.encode(names, changeNumber: index.changeNumber), to: namesPath, permissions: 0o600,
        isDurable: false)
    } catch {
      throw .system(error)
    }
    changeNumber = index.changeNumber
  }

  private func names() throws(IndexFileError) -> [UInt8]? {
    do throws(SystemError) {
      let file = try FileDescriptor.open(namesPath, flags: O_RDONLY)
      let byteCount = Int64(try file.status().st_size)
      return try file.read(at: 0, count: Int(min(byteCount, Self.byteLimit)))
    } catch {
      if error.code == ENOENT { return nil }
      throw .system(error)
    }
  }

  // MARK: - The form of the names

  // Magic, checksum of what follows, change number, whether names have places, then three lists: a
  // count, and for each name its count of bytes and the bytes. All numbers little-endian, eight bytes.
  static func encode(_ names: IndexNames, changeNumber: Int64) -> [UInt8] {
    var body: [UInt8] = []
    func put(_ number: UInt64) {
      for shift in 0..<8 { body.append(UInt8(truncatingIfNeeded: number >> UInt64(shift * 8))) }
    }
    put(UInt64(bitPattern: changeNumber))
    put(names.hasNamePlaces ? 1 : 0)
    for list in [names.cameras, names.lenses, names.extensions] {
      put(UInt64(list.count))
      for name in list {
        put(UInt64(name.count))
        body += name
      }
    }
    let sum = checksum(body[...])
    var bytes = magic
    for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: sum >> UInt64(shift * 8))) }
    return bytes + body
  }

  static func decode(_ bytes: [UInt8]) -> (changeNumber: Int64, names: IndexNames)? {
    guard bytes.starts(with: magic) else { return nil }
    var rest = bytes[magic.count...]
    func number() -> UInt64? {
      guard rest.count >= 8 else { return nil }
      var number: UInt64 = 0
      for byte in rest.prefix(8).reversed() { number = number << 8 | UInt64(byte) }
      rest = rest.dropFirst(8)
      return number
    }
    guard let sum = number(), checksum(rest) == sum, let change = number(), let places = number()
    else { return nil }
    var lists: [[[UInt8]]] = []
    for _ in 0..<3 {
      guard let count = number(), count <= UInt64(rest.count) else { return nil }
      var list: [[UInt8]] = []
      for _ in 0..<count {
        guard let byteCount = number(), byteCount <= UInt64(rest.count) else { return nil }
        list.append(Array(rest.prefix(Int(byteCount))))
        rest = rest.dropFirst(Int(byteCount))
      }
      lists.append(list)
    }
    guard rest.isEmpty else { return nil }
    return (
      Int64(bitPattern: change),
      IndexNames(
        cameras: lists[0], lenses: lists[1], extensions: lists[2], hasNamePlaces: places == 1)
    )
  }

  /// FNV-1a, 64 bits: against damage, not against intent.
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
