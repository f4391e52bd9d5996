import Catalog
import MemoryBudget

/// The places of folders among all folders: what `NumericColumn.folderPlace` holds.
///
/// A folder that comes later is put behind all others, and all places are made anew before somebody
/// asks for folders or their order: a scan finds thousands of them, and nobody may ask meanwhile.
struct FolderPlaces {
  // By folder id; 0 for those not known, else the place and 1.
  private var places: [UInt32] = []
  // By place.
  private var folders: [UInt32] = []
  /// Whether the places are those of natural order.
  private(set) var isInOrder = false

  /// How many folders have a place.
  var count: Int { folders.count }

  /// What it takes.
  var byteCount: Int { (places.capacity + folders.capacity) * 4 }

  /// What reading so many folders takes.
  static func byteCount(highestID: Int64) -> Int { Int(highestID + 1) * 8 }

  /// No folders.
  init() {}

  /// All folders of the catalog in order.
  init(_ database: Database) throws {
    let highest = Int(try database.highestFolderID())
    places = [UInt32](repeating: 0, count: highest + 1)
    folders.reserveCapacity(highest)
    try unsafe database.forEachFolderPath { id, _, _ in _ = place(of: id) }
    isInOrder = true
  }

  /// The place of a folder; nil for one that has none.
  func known(_ folder: FolderID) -> Int64? {
    let id = Int(folder.rawValue)
    guard id < places.count, places[id] > 0 else { return nil }
    return Int64(places[id] - 1)
  }

  /// The folder at a place.
  func folder(at place: Int) -> FolderID { FolderID(rawValue: Int64(folders[place])) }

  /// The place of a folder, behind all others when it is new.
  mutating func place(of folder: FolderID) -> Int64 {
    if let known = known(folder) { return known }
    let id = Int(folder.rawValue)
    if id >= places.count {
      places.append(contentsOf: repeatElement(0, count: id + 1 - places.count))
    }
    folders.append(UInt32(id))
    places[id] = UInt32(folders.count)
    isInOrder = false
    return Int64(folders.count - 1)
  }

  /// The places of these folders as ranges, as few as they can be; folders nobody has a place for are
  /// left out.
  func ranges(of wanted: [FolderID]) -> [ClosedRange<Int64>] {
    let found = wanted.compactMap { known($0) }.sorted()
    var ranges: [ClosedRange<Int64>] = []
    for place in found {
      if let last = ranges.last, place <= last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, place)
      } else {
        ranges.append(place...place)
      }
    }
    return ranges
  }

  /// For each place here the place of the same folder there; nil for one that is not there.
  func moved(to other: FolderPlaces) -> [Int64?] {
    folders.map { other.known(FolderID(rawValue: Int64($0))) }
  }
}
