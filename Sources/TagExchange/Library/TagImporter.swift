import Catalog
import Glibc
import Media
import MemoryBudget
import Platform

/// Takes tags from files into a catalog.
///
/// Pictures are taken in batches, each one transaction with its way back: what was taken before a failure
/// stays, and taking the same file again changes only what is left. A document that is no JSON to its
/// end is refused before anything of it is taken. Not more than one at a time.
package final class TagImporter: Sendable {
  /// Pictures of one transaction.
  package static let batchCount = 500
  /// Tags of one transaction, or what takes as much memory, beyond which no picture is added to it.
  package static let batchTagCount = 20_000
  /// What one import holds at most: a batch, a piece of a file, the largest entry.
  private static let byteCount = 24 << 20

  let catalog: Catalog
  private let budget: MemoryBudget
  /// Whether to look only.
  let isDry: Bool
  private let progress: @Sendable (ImportSummary) -> Void
  // For files on slow disks.
  private let files = BlockingPool(name: "tag-import", threadCount: 1, queueLimit: 16)

  package init(
    _ catalog: Catalog, budget: MemoryBudget, isDry: Bool,
    progress: @escaping @Sendable (ImportSummary) -> Void = { _ in }
  ) {
    self.catalog = catalog
    self.budget = budget
    self.isDry = isDry
    self.progress = progress
  }

  deinit { files.shutDown() }

  /// One picture a file speaks of.
  struct Found: Sendable {
    let path: FilePath
    let line: Int
    let picture: PictureTags
    /// Nil when it is to be found by its path.
    var id: AssetID?
    var content: MoveFinder.File?
  }

  /// The namespaces of the catalog's categories.
  package func namespaces() async throws -> TagNamespaces {
    TagNamespaces(categories: try await catalog.read { try $0.tagCategories() }.map(\.name))
  }

  /// Takes a table of comma-separated values.
  package func takeTable(
    _ file: OpenFile, separator: TagListText.Separator
  ) async throws -> ImportSummary {
    let reservation = try await reserve()
    defer { withExtendedLifetime(reservation) {} }
    let table = Locked(
      TagTable(ByteFeed(file), namespaces: try await namespaces(), separator: separator))
    var summary = ImportSummary()
    let locator = try await AssetLocator(catalog, base: file.path.parent)
    let label = "Import \(file.path.name)"
    while true {
      try Task.checkCancellation()
      let batch = try await files.run {
        try table.withLock { table in
          var batch: [Found] = []
          var weight = 0
          while batch.count < Self.batchCount, weight < Self.batchTagCount,
            let entry = try table.next()
          {
            weight += entry.picture.tagWeight
            batch.append(Found(path: entry.path, line: entry.line, picture: entry.picture))
          }
          return batch
        }
      }
      if batch.isEmpty { break }
      try await take(batch, locator, label: label, into: &summary)
    }
    summary.issues = table.withLock { $0.issues }
    return summary
  }

  /// Takes what sidecars beside pictures say: text, then JSON, each picture's first of a kind.
  ///
  /// - Parameter assets: which pictures, with their paths; `next` hands out a batch, none at the end.
  package func takeSidecars(
    _ next: () async throws -> [(id: AssetID, path: FilePath)]
  ) async throws -> ImportSummary {
    let reservation = try await reserve()
    defer { withExtendedLifetime(reservation) {} }
    let namespaces = try await namespaces()
    let locator = try await AssetLocator(catalog, base: "/")
    var summary = ImportSummary()
    while true {
      try Task.checkCancellation()
      let assets = try await next()
      if assets.isEmpty { break }
      let (batch, issues) = try await files.run {
        var batch: [Found] = []
        var issues = ExchangeIssues()
        for asset in assets {
          for found in Self.sidecars(of: asset.path, namespaces, &issues) {
            batch.append(Found(path: asset.path, line: 0, picture: found, id: asset.id))
          }
        }
        return (batch, issues)
      }
      summary.issues.add(issues)
      try await take(batch, locator, label: "Import sidecars", into: &summary)
    }
    return summary
  }

  /// Takes what is known of pictures already: e.g. what workers read from their metadata.
  package func take(
    _ pictures: [(id: AssetID, path: FilePath, picture: PictureTags)], label: String,
    into summary: inout ImportSummary
  ) async throws {
    let locator = try await AssetLocator(catalog, base: "/")
    try await take(
      pictures.map { Found(path: $0.path, line: 0, picture: $0.picture, id: $0.id) }, locator,
      label: label, into: &summary)
  }

  func reserve() async throws -> Reservation {
    try await budget.reserve(Self.byteCount, for: budget.account("tags.exchange"))
  }

  func run<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await files.run(body)
  }

  // MARK: Batches

  func take(
    _ batch: [Found], _ locator: AssetLocator, finder: MoveFinder? = nil, label: String,
    into summary: inout ImportSummary
  ) async throws {
    let paths = batch.map(\.path)
    let ids = batch.map(\.id)
    let parents = batch.compactMap(\.picture.parent)
    let located = try await catalog.read { database in
      let unknown = ids.indices.filter { ids[$0] == nil }
      let found = try locator.assets(at: unknown.map { paths[$0] }, in: database)
      var located = ids
      for (index, id) in zip(unknown, found) { located[index] = id }
      return (
        located, try locator.assets(at: parents, in: database), try database.tagCategories()
      )
    }
    let locatedParents = Dictionary(zip(parents, located.1)) { first, _ in first }
    var imports: [AssetImport] = []
    for (index, found) in batch.enumerated() {
      summary.pictureCount += 1
      var id = located.0[index]
      if id == nil, let finder, let content = found.content {
        // It moved, or the library is another one with the same pictures.
        id = try await finder.candidates(for: [content]).first?.first?.id
      }
      guard let id else {
        summary.miss(found.path, line: found.line)
        continue
      }
      summary.foundCount += 1
      if !found.picture.isEmpty {
        var asset = Self.assetImport(id, found.picture, located.2)
        if let path = found.picture.parent {
          if let parent = locatedParents[path] ?? nil {
            asset.edit.parent = .some(parent)
          } else {
            summary.issues.add(
              ExchangeError(
                found.path, "what it is a part of, \(path), is not at its path; scan it first."))
          }
        }
        imports.append(asset)
      }
    }
    if isDry {
      summary.changedCount += try await wouldChange(imports)
    } else if !imports.isEmpty {
      let done = try await catalog.importTags(imports, label: label)
      summary.changedCount += done.result.changed
      for refusal in done.refused {
        summary.issues.add(ExchangeError(catalog.path, "\(refusal.reason)"))
      }
    }
    progress(summary)
  }

  /// How many pictures lack something of what is to be taken over.
  private func wouldChange(_ imports: [AssetImport]) async throws -> Int {
    try await catalog.read { database in
      var count = 0
      for asset in imports {
        let has = Dictionary(
          uniqueKeysWithValues: try database.assetTags(of: asset.id).map { ($0.id, $0) })
        let isNew = try asset.tags.contains { tag in
          guard let record = try database.tag(named: tag.name) else { return true }
          guard let said = has[record.id] else { return true }
          return !said.isRemoved && said.isDerived && tag.origin != .rule
        }
        let edit = asset.edit
        let hasMarks =
          edit.stars != nil || edit.contentRating != nil || edit.isFavourite != nil
          || edit.note != nil || edit.sources != nil || edit.parent != nil
        if isNew || hasMarks { count += 1 }
      }
      return count
    }
  }

  private static func assetImport(
    _ id: AssetID, _ picture: PictureTags, _ categories: [TagCategory]
  ) -> AssetImport {
    var asset = AssetImport(id)
    asset.tags = picture.tags.map { tag in
      let category = tag.category.flatMap { name in
        categories.first { $0.name.lowercased() == name }
      }
      return AssetImport.Tag(
        tag.name, category: category?.id ?? .general, origin: tag.origin,
        confidence: tag.confidence, isRemoved: tag.isRemoved)
    }
    asset.edit.stars = picture.stars
    asset.edit.contentRating = picture.rating
    asset.edit.contentRatingOrigin = picture.ratingOrigin
    asset.edit.isFavourite = picture.isFavourite
    asset.edit.note = picture.note
    asset.edit.sources = picture.sources.isEmpty ? nil : picture.sources
    return asset
  }

  // MARK: Sidecars

  private static func sidecars(
    of path: FilePath, _ namespaces: TagNamespaces, _ issues: inout ExchangeIssues
  ) -> [PictureTags] {
    var pictures: [PictureTags] = []
    var kinds: Set<SidecarName> = []
    for (candidate, kind) in SidecarName.candidates(of: path) where !kinds.contains(kind) {
      do throws(ExchangeError) {
        let limit =
          kind == .text ? TextSidecar.maximumByteCount : JSONSidecar.maximumByteCount
        guard let bytes = try whole(candidate, limit: limit) else { continue }
        kinds.insert(kind)
        let found =
          switch kind {
          case .text: try TextSidecar.read(bytes, path: candidate, namespaces: namespaces)
          case .json: try JSONSidecar.read(bytes, path: candidate, namespaces: namespaces)
          }
        pictures.append(found.picture)
        issues.add(found.issues)
      } catch { issues.add(error) }
    }
    return pictures
  }

  /// All bytes of a regular file; nil when there is none.
  private static func whole(_ path: FilePath, limit: Int) throws(ExchangeError) -> [UInt8]? {
    do throws(SystemError) {
      // Not blocking: a named pipe must not hold us up.
      let file = try FileDescriptor.open(
        path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW)
      let status = try file.status()
      guard status.st_mode & S_IFMT == S_IFREG else { return nil }
      guard status.st_size <= limit else {
        throw SystemError(code: EFBIG, call: "read", path: path)
      }
      return try file.read(at: 0, count: limit)
    } catch {
      if error.code == ENOENT || error.code == ELOOP || error.code == ENOTDIR { return nil }
      if error.code == EFBIG {
        throw ExchangeError(path, "it has more than \(limit) bytes, too many for a sidecar.")
      }
      throw ExchangeError(error, path: path)
    }
  }
}
