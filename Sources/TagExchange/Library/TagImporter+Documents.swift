import Catalog
import Media
import Platform

/// Taking Albumen's own documents: categories and tags with their aliases and rules, pictures, albums.
extension TagImporter {
  /// Reads a document to its end without taking anything.
  ///
  /// - Throws: `ExchangeError` when it is no document.
  private func check(_ file: OpenFile) async throws {
    try await run {
      var reader = LibraryDocumentReader(ByteFeed(file))
      while try reader.next() != nil {}
    }
  }

  /// Takes a document. Where the library has a tag, a category or an album of a name already, its own
  /// stays and what the document adds to it (aliases, rules, members) is added.
  ///
  /// - Throws: `ExchangeError` when it is no document: nothing is taken then.
  package func takeDocument(_ file: OpenFile) async throws -> ImportSummary {
    let reservation = try await reserve()
    defer { withExtendedLifetime(reservation) {} }
    try await check(file)
    var summary = ImportSummary()
    let locator = try await AssetLocator(catalog, base: file.path.parent)
    let label = "Import \(file.path.name)"
    let reader = Locked(LibraryDocumentReader(ByteFeed(file)))
    var finder: MoveFinder?
    while true {
      try Task.checkCancellation()
      let items = try await run {
        try reader.withLock { reader in
          var items: [LibraryDocument.Item] = []
          var weight = 0
          while items.count < TagImporter.batchCount, weight < TagImporter.batchTagCount,
            let item = try reader.next()
          {
            if case .asset(let asset) = item { weight += asset.picture.tagWeight }
            items.append(item)
          }
          return items
        }
      }
      if items.isEmpty { break }
      var pictures: [Found] = []
      for item in items {
        if case .asset(let asset) = item {
          let found = Self.found(asset)
          if finder == nil, found.content != nil { finder = try await catalog.moveFinder() }
          pictures.append(found)
          continue
        }
        try await take(pictures, locator, finder: finder, label: label, into: &summary)
        pictures = []
        do {
          if let problem = try await take(item, locator) {
            summary.issues.add(ExchangeError(file.path, problem))
          }
        } catch let error as EditError {
          summary.issues.add(ExchangeError(file.path, "\(error)"))
        } catch let error as TagNameError {
          summary.issues.add(ExchangeError(file.path, "\(error)."))
        }
      }
      try await take(pictures, locator, finder: finder, label: label, into: &summary)
    }
    summary.issues.add(reader.withLock { $0.issues })
    return summary
  }

  private static func found(_ asset: LibraryDocument.Asset) -> Found {
    var found = Found(path: asset.path, line: 0, picture: asset.picture)
    if let digits = asset.fingerprint, let byteCount = asset.byteCount,
      let high = UInt64(digits.prefix(16), radix: 16),
      let low = UInt64(digits.suffix(16), radix: 16)
    {
      found.content = MoveFinder.File(
        fingerprint: Fingerprint(high: high, low: low), byteCount: byteCount)
    }
    return found
  }

  /// Takes an entry that is no picture; what of it could not be taken, in words.
  private func take(
    _ item: LibraryDocument.Item, _ locator: AssetLocator
  ) async throws -> String? {
    if isDry { return nil }
    switch item {
    case .category(let category): try await take(category)
    case .tag(let tag): try await take(tag)
    case .album(let album):
      let missing = try await take(album, locator)
      if missing > 0 {
        return
          "\(missing) members of the album \"\(album.name)\" are not at their paths; add them again."
      }
    case .asset: break
    }
    return nil
  }

  private func take(_ category: LibraryDocument.Category) async throws {
    let name = try TagName(category.name)
    let own = try await catalog.read { try $0.tagCategories() }
    if own.contains(where: { $0.name.lowercased() == category.name.lowercased() }) { return }
    _ = try await catalog.setTagCategory(
      nil, name: name, color: category.color, position: category.position)
  }

  private func take(_ tag: LibraryDocument.Tag) async throws {
    let (known, categories) = try await catalog.read { database in
      (try database.tag(named: tag.name), try database.tagCategories())
    }
    let record: TagRecord
    if let known {
      record = known
    } else {
      let category = categories.first { $0.name.lowercased() == tag.category.lowercased() }
      record = try await catalog.createTag(tag.name, category: category?.id ?? .general).tag
    }
    if let note = tag.note, record.note == nil {
      var update = Catalog.TagUpdate()
      update.note = note
      _ = try await catalog.updateTag(record.id, update)
    }
    for alias in tag.aliases {
      if try await catalog.read({ try $0.tag(named: alias)?.id }) == record.id { continue }
      _ = try await catalog.addAlias(alias, to: record.id)
    }
    for implied in tag.implied {
      _ = try await catalog.addImplication(from: record.id, to: implied)
    }
  }

  /// How many members are not at their paths.
  private func take(
    _ album: LibraryDocument.Album, _ locator: AssetLocator
  ) async throws -> Int {
    let name = try TagName(album.name)
    guard let kind = Album.Kind(name: album.kind) else { return 0 }
    let members = try await catalog.read { database in
      (
        try database.albums().first { $0.key == name.key },
        try locator.assets(at: album.members, in: database).compactMap(\.self)
      )
    }
    let own: Album
    if let known = members.0 {
      own = known
    } else {
      own = try await catalog.createAlbum(name, kind: kind, query: album.query).album
      if let note = album.note { _ = try await catalog.updateAlbum(own.id, note: note) }
    }
    let missing = album.members.count - members.1.count
    if own.kind == .smart || members.1.isEmpty { return missing }
    var edit = Catalog.MemberEdit()
    edit.add = members.1
    _ = try await catalog.editMembers(edit, of: own.id)
    return missing
  }
}
