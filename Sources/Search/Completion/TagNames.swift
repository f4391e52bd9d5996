import Catalog
import MemoryBudget

/// The names of all tags and their aliases: which tag has a name, which names a pattern matches, which
/// come to mind when some letters are typed.
///
/// The keys lie one after another in one stretch of memory, in which searching is a walk from front to
/// back; beside it a number or two for each. 120,000 names of 20 bytes take 5 MB. What people see (`text`)
/// mostly differs from the key in capitals and blanks only: a bit for each byte says so, and only other
/// texts are kept in full.
///
/// Not Sendable: its owner uses it on one thread. Everything is charged to the account `search.names`.
/// What throws has changed nothing, but `set`, which then has taken the tag's old names out.
package final class TagNames {
  // One element for each name, in the order of coming; removed ones stay until `compact`.
  /// The keys, each with a NUL behind it.
  var keys: NameColumn<UInt8>
  /// A bit for each byte of `keys`: the text has its capital, or a blank for `_`.
  var capitals: NameColumn<UInt8>
  /// Where each key begins.
  var starts: NameColumn<UInt32>
  /// The tag that each name stands for.
  var tags: NameColumn<UInt32>
  /// The category of a tag's own name, or one of `Mark`.
  var categories: NameColumn<UInt16>

  /// Texts that `capitals` cannot say: the name's place, its length less one, its bytes; as two columns.
  var texts: NameColumn<UInt8>
  var textStarts: NameColumn<UInt64>

  /// The place of each tag's own name, by id; `none` for ids that are no tag.
  var placeOfTag: NameColumn<UInt32>
  /// The places of all names in the order of their keys.
  var sorted: NameColumn<UInt32>

  /// Bytes of keys that belong to nobody any more.
  private var wastedByteCount = 0
  private let budget: MemoryBudget

  static let none = UInt32.max

  /// What stands in the place of a category; no category has so high a number.
  enum Mark {
    static let alias = UInt16.max
    static let removed = UInt16.max - 1
  }

  /// No names.
  package init(budget: MemoryBudget) {
    self.budget = budget
    let account = budget.account("search.names")
    keys = NameColumn(budget: budget, account: account)
    capitals = NameColumn(budget: budget, account: account)
    starts = NameColumn(budget: budget, account: account)
    tags = NameColumn(budget: budget, account: account)
    categories = NameColumn(budget: budget, account: account)
    texts = NameColumn(budget: budget, account: account)
    textStarts = NameColumn(budget: budget, account: account)
    placeOfTag = NameColumn(budget: budget, account: account)
    sorted = NameColumn(budget: budget, account: account)
  }

  /// All names of a catalog.
  package convenience init(_ database: Database, budget: MemoryBudget) throws {
    self.init(budget: budget)
    try database.forEachTag { tag in
      try appendUnsorted(tag.name, tag: tag.id.rawValue, category: tag.category.rawValue)
    }
    try database.forEachAlias { alias in
      try appendUnsorted(alias.name, tag: alias.tag.rawValue, category: Mark.alias)
    }
    try settle()
  }

  /// Names, aliases included.
  package var count: Int { sorted.count }

  /// What it is charged for.
  package var byteCount: Int {
    keys.byteCount + capitals.byteCount + starts.byteCount + tags.byteCount + categories.byteCount
      + texts.byteCount + textStarts.byteCount + placeOfTag.byteCount + sorted.byteCount
  }

  // MARK: Asking

  /// The tag of a name, also of an alias; nil when there is none.
  ///
  /// - Complexity: O(log(names)).
  package func tag(named name: TagName) -> UInt32? {
    let key = Array(name.key.utf8)
    let place = firstPlace(from: key)
    guard place < sorted.count, compare(Int(sorted[place]), key) == 0 else { return nil }
    return tags[Int(sorted[place])]
  }

  /// What people see of a tag's own name; nil when there is no such tag.
  package func name(of tag: UInt32) -> String? { ownPlace(of: tag).map(text) }

  /// The category of a tag; general for one that is not known.
  package func category(of tag: UInt32) -> TagCategoryID {
    ownPlace(of: tag).map { TagCategoryID(rawValue: categories[$0]) } ?? .general
  }

  /// The aliases of a tag, as people see them.
  ///
  /// - Complexity: O(names).
  package func aliases(of tag: UInt32) -> [String] { aliasPlaces(of: tag).map(text) }

  // MARK: Changing

  /// Puts in a tag with all of its names, or replaces them.
  ///
  /// - Complexity: O(names) when they differ; a few microseconds a 100,000.
  package func set(
    _ tag: UInt32, name: TagName, category: TagCategoryID, aliases: [TagName] = []
  ) throws(SearchIndexError) {
    if let place = ownPlace(of: tag), text(place) == name.text, isKey(place, name.key),
      self.aliases(of: tag).sorted() == aliases.map(\.text).sorted()
    {
      categories[place] = category.rawValue
      return
    }
    remove(tag)
    try insert(name, tag: tag, category: category.rawValue)
    for alias in aliases { try insert(alias, tag: tag, category: Mark.alias) }
    try compact()
  }

  /// Takes a tag and its aliases out; an unknown one is passed over.
  package func remove(_ tag: UInt32) {
    guard let own = ownPlace(of: tag) else { return }
    for place in [own] + aliasPlaces(of: tag) {
      let key = unsafe Array(key(place))
      // Names that are the same stand beside each other only while a rename is on its way.
      var index = firstPlace(from: key)
      while index < sorted.count, sorted[index] != place { index += 1 }
      if index < sorted.count { sorted.remove(at: index) }
      categories[place] = Mark.removed
      wastedByteCount += key.count + 1
    }
    placeOfTag[Int(tag)] = Self.none
  }

  private func insert(
    _ name: TagName, tag: UInt32, category: UInt16
  ) throws(SearchIndexError) {
    try sorted.makeRoom(for: 1)
    let place = try append(name, tag: tag, category: category)
    sorted.insert(UInt32(place), at: firstPlace(from: Array(name.key.utf8)))
  }

  /// Adds a name, which is not found before `settle`: for many at once.
  ///
  /// - Parameter category: the tag's, or `Mark.alias`.
  package func appendUnsorted(
    _ name: TagName, tag: UInt32, category: UInt16
  ) throws(SearchIndexError) {
    try sorted.makeRoom(for: 1)
    sorted.insert(UInt32(try append(name, tag: tag, category: category)), at: sorted.count)
  }

  /// Puts all names in order and gives back what growing left over.
  package func settle() throws(SearchIndexError) {
    sorted.sort { precedes(Int($0), Int($1)) }
    keys.settle()
    capitals.settle()
    starts.settle()
    tags.settle()
    categories.settle()
    texts.settle()
    textStarts.settle()
    placeOfTag.settle()
    sorted.settle()
  }

  /// Adds a name to the columns, all or nothing, and returns its place.
  private func append(
    _ name: TagName, tag: UInt32, category: UInt16
  ) throws(SearchIndexError) -> Int {
    let key = Array(name.key.utf8)
    let text = Array(name.text.utf8)
    let place = starts.count
    let start = keys.count
    guard start + key.count < UInt32.max else { throw .noRoom(byteCount: key.count) }
    try keys.makeRoom(for: key.count + 1)
    let bitByteCount = (start + key.count) / 8 + 1
    if bitByteCount > capitals.count { try capitals.makeRoom(for: bitByteCount - capitals.count) }
    try starts.makeRoom(for: 1)
    try tags.makeRoom(for: 1)
    try categories.makeRoom(for: 1)
    try texts.makeRoom(for: text.count + 1)
    try textStarts.makeRoom(for: 1)
    if Int(tag) >= placeOfTag.count {
      try placeOfTag.makeRoom(for: Int(tag) + 1 - placeOfTag.count)
      while placeOfTag.count <= Int(tag) { try placeOfTag.append(Self.none) }
    }
    // From here on there is room for all.
    try keys.append(contentsOf: key.span)
    try keys.append(0)
    while capitals.count < bitByteCount { try capitals.append(0) }
    try starts.append(UInt32(start))
    try tags.append(tag)
    try categories.append(category)
    if category != Mark.alias { placeOfTag[Int(tag)] = UInt32(place) }
    if Self.isSaidByCapitals(key, text) {
      for index in key.indices where key[index] != text[index] {
        capitals[(start + index) / 8] |= 1 << UInt8((start + index) % 8)
      }
    } else {
      try textStarts.append(UInt64(place) << 32 | UInt64(texts.count))
      try texts.append(UInt8(text.count - 1))
      try texts.append(contentsOf: text.span)
    }
    return place
  }

  /// Writes all names anew when a quarter of the memory belongs to removed ones.
  private func compact() throws(SearchIndexError) {
    guard wastedByteCount > 65_536, wastedByteCount > keys.count / 4 else { return }
    let fresh = TagNames(budget: budget)
    for place in 0..<starts.count where categories[place] != Mark.removed {
      let name = TagName(
        storedText: text(place), key: keyText(place))
      do throws(SearchIndexError) {
        try fresh.appendUnsorted(name, tag: tags[place], category: categories[place])
      } catch {
        // No room for a second copy: go on with what there is.
        return
      }
    }
    try fresh.settle()
    swap(&keys, &fresh.keys)
    swap(&capitals, &fresh.capitals)
    swap(&starts, &fresh.starts)
    swap(&tags, &fresh.tags)
    swap(&categories, &fresh.categories)
    swap(&texts, &fresh.texts)
    swap(&textStarts, &fresh.textStarts)
    swap(&placeOfTag, &fresh.placeOfTag)
    swap(&sorted, &fresh.sorted)
    wastedByteCount = 0
  }
}
