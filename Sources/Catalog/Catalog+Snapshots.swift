import Media
import MemoryBudget
import Platform

/// A snapshot kept for the next page of a program that reads by key.
struct PagingSnapshot: Sendable {
  let snapshot: ResultSnapshot
  let madeNanoseconds: UInt64
}

/// Ordered results.
extension Catalog {
  /// The ids of a query in order.
  ///
  /// Waits for memory: 21 bytes an asset while it is made (about 60 by name), five afterwards.
  ///
  /// - Parameter query: one without a search, which takes an index that the catalog has not.
  /// - Throws: `BudgetError` when the budget can never hold it.
  public func snapshot(_ query: AssetQuery) async throws -> ResultSnapshot {
    precondition(query.search.isEmpty, "a catalog cannot search; ask the library")
    var attempt = 0
    while true {
      let isExact = attempt > 0
      let plan = try await read { try SnapshotPlan(query, in: $0, isExact: isExact) }
      let reservation = try await budget.reserve(plan.reservedByteCount, for: snapshotAccount)
      // Taken out by the reader, so that nothing but the snapshot is charged when this returns.
      let prepared = Locked<SnapshotBuffers?>(
        try SnapshotBuffers(plan, reservation: reservation))
      do {
        return try await read { database in
          guard let buffers = prepared.withLock({ $0.take() }) else { throw CancellationError() }
          return try SnapshotBuilder(
            query: query, plan: plan, buffers: buffers, database: database
          ).build()
        }
      } catch is SnapshotBuilder.Outgrown {
        // A scan outran the spare room, or the names were longer than those looked at; each new plan
        // starts from what is there by then.
        attempt += 1
        if attempt == 10 {
          throw CatalogError(
            .other, path: path, reason: "the library grows faster than it can be listed")
        }
      }
    }
  }

  /// One page of a query, for programs that read on from a key.
  ///
  /// Costs the same wherever the page is. Between pages the order is kept for a few seconds, so new
  /// assets may show up to five seconds late.
  ///
  /// - Parameters:
  ///   - query: which assets, in which order.
  ///   - after: where the page before ended; nil for the first page.
  ///   - limit: at most this many, and at most `pageLimit`.
  public func page(
    _ query: AssetQuery, after: PageKey? = nil, limit: Int = Catalog.pageLimit
  ) async throws -> AssetPage {
    let snapshot = try await pagingSnapshot(query, isFirst: after == nil)
    return try await read { database in
      let keys = PageKeys(query: query, database: database)
      let start = try after.map { try keys.position(after: $0, in: snapshot) } ?? 0
      let end = start + max(0, min(limit, Self.pageLimit, snapshot.count - start))
      let ids = snapshot.ids(in: start..<end)
      let next =
        end < snapshot.count ? try ids.last.flatMap { try keys.key(of: $0) } : nil
      return AssetPage(assets: try Self.summaries(ids, in: database), next: next)
    }
  }

  /// The key of the page that ends with an asset; nil when it is not known.
  package func pageKey(of asset: AssetID, in query: AssetQuery) async throws -> PageKey? {
    try await read { try PageKeys(query: query, database: $0).key(of: asset) }
  }

  private func pagingSnapshot(_ query: AssetQuery, isFirst: Bool) async throws -> ResultSnapshot {
    let now = monotonicNanoseconds()
    let current = changeNumber
    let known = pagingSnapshots.withLock { kept in
      // Old ones go, so that their memory does not stay charged for a program that is gone.
      kept.removeAll { nanosecondsPassed(since: $0.madeNanoseconds, until: now) > 60_000_000_000 }
      return kept.first {
        $0.snapshot.query == query
          && ($0.snapshot.changeNumber == current
            || (!isFirst
              && nanosecondsPassed(since: $0.madeNanoseconds, until: now) < 5_000_000_000))
      }
    }
    if let known { return known.snapshot }
    let made = try await snapshot(query)
    pagingSnapshots.withLock { kept in
      kept.removeAll { $0.snapshot.query == query }
      if kept.count >= 4 { kept.removeFirst() }
      kept.append(PagingSnapshot(snapshot: made, madeNanoseconds: now))
    }
    return made
  }
}
