import Media

/// What a file says of one asset, to be taken over.
package struct AssetImport: Sendable {
  /// One tag, or the mark that the user took it away.
  package struct Tag: Sendable {
    package let name: TagName
    /// Of a tag that is made; one that is there keeps its own.
    package let category: TagCategoryID
    package let origin: TagOrigin
    package let confidence: UInt8
    package let isRemoved: Bool

    package init(
      _ name: TagName, category: TagCategoryID, origin: TagOrigin, confidence: UInt8 = 0,
      isRemoved: Bool = false
    ) {
      self.name = name
      self.category = category
      self.origin = origin
      self.confidence = confidence
      self.isRemoved = isRemoved
    }
  }

  package let id: AssetID
  package var tags: [Tag] = []
  /// Everything else.
  package var edit = AssetEdit()

  package init(_ id: AssetID) { self.id = id }
}

extension Catalog {
  /// Takes over what files say of assets, all in one transaction, with a way back. What is said already
  /// and is stronger stays: the user's word, and the user's removals.
  ///
  /// A tag that only followed from a rule where it comes from is said only if it does not follow here.
  ///
  /// - Returns: how many assets changed, and how many could not take theirs (gone since, too many
  ///   tags, or part of themselves).
  /// - Throws: `EditError` for values beyond their bounds.
  package func importTags(
    _ assets: [AssetImport], label: String
  ) async throws -> (result: EditResult, refused: [(id: AssetID, reason: EditError)]) {
    for asset in assets { try asset.edit.check() }
    let done = try await edit({ (_: [Refusal]) in label }) { operation in
      var refused: [Refusal] = []
      for asset in assets {
        do { try operation.take(asset) } catch let error as EditError {
          refused.append(Refusal(id: asset.id, reason: error))
        }
      }
      return refused
    }
    return (done.result, done.value.map { ($0.id, $0.reason) })
  }

  private struct Refusal: Sendable {
    let id: AssetID
    let reason: EditError
  }
}

extension EditOperation {
  fileprivate func take(_ asset: AssetImport) throws {
    try writer.requireAsset(asset.id.rawValue)
    var changes: [TagID: TagChange] = [:]
    var derived: [TagID] = []
    var implied: Set<UInt32> = []
    for tag in asset.tags {
      let id = try ensureTag(tag.name, category: tag.category)
      if tag.isRemoved {
        changes[id] = changes[id] ?? .say(.removed(id))
      } else if tag.origin == .rule {
        derived.append(id)
      } else {
        changes[id] = .say(AssetTag(id, tag.origin, confidence: tag.confidence))
        implied.formUnion(try writer.rules.implied(by: id.rawValue))
      }
    }
    for id in derived where changes[id] == nil && !implied.contains(id.rawValue) {
      changes[id] = .say(AssetTag(id, .imported))
    }
    var (edit, refusal) = (asset.edit, EditError?.none)
    if let parent = edit.parent ?? nil {
      // What a circle would be of is told; the rest is taken.
      do { try requireNoCircle(asset.id.rawValue, parent: parent.rawValue) } catch let error
        as EditError
      {
        edit.parent = nil
        refusal = error
      }
    }
    let before = changedAssetCount
    try changeTags(
      changes.sorted { $0.key < $1.key }.map { (id: $0.key, change: $0.value) },
      of: asset.id.rawValue)
    let hasChanged = try apply(edit, to: asset.id.rawValue)
    if hasChanged && changedAssetCount == before { changedAssetCount += 1 }
    if let refusal { throw refusal }
  }
}
