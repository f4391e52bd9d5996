import Catalog
import Media
import Platform

/// Gathers findings into transactions: at least 500 rows when there are as many, but nothing waits
/// longer than a quarter of a second, so that pictures appear as they are found.
///
/// One transaction at a time; who adds more than fits the next one waits.
actor ScanWriter {
  private static let rowsPerTransaction = 512
  /// With the tick of the scan below 250 ms.
  private static let patienceNanoseconds: UInt64 = 150_000_000

  private let catalog: Catalog
  private let counters: ScanCounters
  private let seen: SeenFolders
  private let resolver: MoveResolver
  private var waiting: [Finding] = []
  private var waitingSince: UInt64?
  private var current: Task<Void, any Error>?

  init(catalog: Catalog, counters: ScanCounters, seen: SeenFolders, roots: [Root]) {
    self.catalog = catalog
    self.counters = counters
    self.seen = seen
    resolver = MoveResolver(catalog: catalog, seen: seen, roots: roots)
  }

  /// Takes findings; waits while a full transaction is being written.
  func add(_ findings: [Finding]) async throws {
    if waiting.isEmpty { waiting.reserveCapacity(Self.rowsPerTransaction + findings.count) }
    waiting += findings
    if waitingSince == nil { waitingSince = monotonicNanoseconds() }
    while waiting.count >= Self.rowsPerTransaction { try await flush() }
  }

  /// Writes what waits, unless a transaction is under way.
  ///
  /// - Parameter onlyIfOld: whether it must have waited long enough.
  func flush(onlyIfOld: Bool) async throws {
    guard let since = waitingSince, current == nil,
      !onlyIfOld || monotonicNanoseconds() - since >= Self.patienceNanoseconds
    else { return }
    try await flush()
  }

  /// Writes all that waits, and waits for what is being written.
  func finish() async throws {
    while current != nil || !waiting.isEmpty { try await flush() }
  }

  private func flush() async throws {
    if let current { return try await current.value }
    if waiting.isEmpty { return }
    let findings = waiting
    waiting = []
    waitingSince = nil
    // A task of its own: a transaction is finished also when whoever brought the rows is cancelled.
    // It says itself when it is over, before anybody who waits for it can go on and look.
    let task = Task {
      defer { current = nil }
      try await write(findings)
    }
    current = task
    try await task.value
  }

  private func write(_ findings: [Finding]) async throws {
    for finding in findings {
      guard let failure = finding.file.failure else { continue }
      counters.update { $0.failed += 1 }
      counters.record(finding.path, failure.message)
    }
    let repeatedCount = findings.count { $0.isRepeatedFailure }
    if repeatedCount > 0 { counters.update { $0.unchanged += repeatedCount } }
    // Nearly always there is one root and nothing to leave out: no copy is made then.
    let roots = Set(findings.lazy.map { $0.root })
    for root in roots.sorted() {
      let findings =
        roots.count == 1 && repeatedCount == 0
        ? findings : findings.filter { $0.root == root && !$0.isRepeatedFailure }
      let plan = try await resolver.plan(findings)
      var batch = ScanBatch(root: root)
      batch.moves = plan.moves
      batch.upserts = plan.upserts
      count(try await catalog.apply(batch))
      for finding in plan.exchanges { try await exchange(finding) }
    }
  }

  /// A known path has the content of another asset now: the asset follows its file.
  private func exchange(_ finding: Finding) async throws {
    var batch = ScanBatch(root: finding.root)
    if let moved = try await resolver.source(of: finding) {
      try await catalog.takePath(
        folder: finding.file.folder, name: finding.file.name, root: finding.root, for: moved)
      batch.moves = [MovedFile(id: moved, file: finding.file)]
    } else {
      batch.upserts = [MoveResolver.byPath(finding.file)]
    }
    count(try await catalog.apply(batch))
  }

  private func count(_ result: ScanBatchResult) {
    counters.update { progress in
      progress.added += result.added
      progress.changed += result.changed
      progress.moved += result.moved
      progress.missing += result.missing
    }
    counters.addFound(result.found)
  }

  // MARK: Missing files

  /// Writes what is noted as absent or back.
  ///
  /// Files noted as absent that have moved meanwhile are no longer at the place they were noted
  /// with, and stay as they are.
  func writeAbsences() async throws {
    var batches: [RootID: ScanBatch] = [:]
    for (root, ids) in seen.takeFound() {
      batches[root, default: ScanBatch(root: root)].found = ids
    }
    let absences = seen.takeAbsences()
    let confirmed = try await catalog.stillAt(
      absences.map { AssetPlace(id: $0.id, folder: $0.folder, name: $0.name) })
    for (absence, isStill) in zip(absences, confirmed) where isStill {
      batches[absence.root, default: ScanBatch(root: absence.root)].missing.append(absence.id)
    }
    for batch in batches.values { count(try await catalog.apply(batch)) }
  }

  /// Marks the assets of folders that are gone.
  func writeMissing(_ folders: [FolderID], root: RootID) async throws {
    var batch = ScanBatch(root: root)
    batch.missingFolders = folders
    count(try await catalog.apply(batch))
  }
}
