import Catalog
import Media

/// A thumbnail is made for an asset's content: a changed file is another job.
struct JobKey: Hashable, Sendable {
  let asset: AssetID
  let version: ContentVersion
}

/// Who waits for a job.
struct JobWaiter: Sendable {
  let size: ThumbnailSize
  let priority: ThumbnailPriority
  let continuation: CheckedContinuation<Thumbnail, any Error>

  /// Whether the small size alone would not do: the large one is waited for, or nobody waits and all
  /// is to be made ahead.
  var needsAll: Bool { size != .small || priority == .background }
}

/// The jobs that wait and run, without any concurrency of its own: `ThumbnailStore` guards it.
///
/// Invariants: every job has a waiter; a key is in `waiting` or `running`, never in both; at most
/// `runningLimit` run.
struct JobQueue: Sendable {
  struct Job: Sendable {
    let asset: PendingAsset
    let order: UInt64
    var waiters: [UInt64: JobWaiter]
    var task: Task<Void, Never>?
    /// Whether it makes all sizes and the placeholder, or the small size alone. Settled when it starts.
    var makesAll = true

    var priority: ThumbnailPriority { waiters.values.map(\.priority).max() ?? .background }
  }

  /// What became of a waiter that left.
  enum Leaving: Sendable {
    /// Others still wait, or it had been served.
    case nothing
    /// The job had not started, and is gone.
    case dropped
    /// The job runs for nobody: cancel this.
    case cancel(Task<Void, Never>?)
  }

  private(set) var waiting: [JobKey: Job] = [:]
  private(set) var running: [JobKey: Job] = [:]
  private var nextOrder: UInt64 = 0
  private var homes: [UInt64: JobKey] = [:]
  var isBackgroundPaused = false

  var count: Int { waiting.count + running.count }

  /// Joins a job that is there; false when there is none.
  mutating func join(_ key: JobKey, as identifier: UInt64, _ waiter: JobWaiter) -> Bool {
    if running[key] != nil {
      running[key]?.waiters[identifier] = waiter
    } else if waiting[key] != nil {
      waiting[key]?.waiters[identifier] = waiter
    } else {
      return false
    }
    homes[identifier] = key
    return true
  }

  /// Adds a job with its first waiter.
  mutating func add(_ asset: PendingAsset, as identifier: UInt64, _ waiter: JobWaiter) {
    let key = JobKey(asset: asset.id, version: asset.version)
    nextOrder += 1
    waiting[key] = Job(asset: asset, order: nextOrder, waiters: [identifier: waiter], task: nil)
    homes[identifier] = key
  }

  /// Takes the most urgent job to run, the longest waiting among equals; nil when none may run.
  /// Complexity: O(waiting), a few microseconds for a full queue.
  ///
  /// - Parameter isSmallFirst: whether a job of which only the small size is waited for makes no more.
  mutating func start(runningLimit: Int, isSmallFirst: Bool) -> (key: JobKey, job: Job)? {
    guard running.count < runningLimit else { return nil }
    var best: (key: JobKey, job: Job, priority: ThumbnailPriority)?
    for (key, job) in waiting {
      let priority = job.priority
      if isBackgroundPaused && priority == .background { continue }
      guard let known = best else {
        best = (key, job, priority)
        continue
      }
      if priority > known.priority || (priority == known.priority && job.order < known.job.order) {
        best = (key, job, priority)
      }
    }
    guard let (key, found, _) = best else { return nil }
    var job = found
    job.makesAll = !isSmallFirst || job.waiters.values.contains { $0.needsAll }
    waiting[key] = nil
    running[key] = job
    return (key, job)
  }

  /// Notes the task of a running job; false when everybody left before.
  mutating func setTask(_ task: Task<Void, Never>, of key: JobKey, order: UInt64) -> Bool {
    guard running[key]?.order == order else { return false }
    running[key]?.task = task
    return true
  }

  /// Ends a running job and gives those whom it served; who came while it ran and needs more than it
  /// made waits for another one.
  mutating func finish(_ key: JobKey, order: UInt64, isMade: Bool) -> [JobWaiter] {
    // A job everybody left was forgotten; another of the same key may run by now.
    guard let job = running[key], job.order == order else { return [] }
    running[key] = nil
    let others = isMade && !job.makesAll ? job.waiters.filter(\.value.needsAll) : [:]
    if !others.isEmpty {
      nextOrder += 1
      waiting[key] = Job(asset: job.asset, order: nextOrder, waiters: others, task: nil)
    }
    let served = job.waiters.filter { others[$0.key] == nil }
    for identifier in served.keys { homes[identifier] = nil }
    return Array(served.values)
  }

  /// Lets a waiter go.
  mutating func leave(_ identifier: UInt64) -> (waiter: JobWaiter?, what: Leaving) {
    guard let key = homes.removeValue(forKey: identifier) else { return (nil, .nothing) }
    if let waiter = waiting[key]?.waiters.removeValue(forKey: identifier) {
      guard waiting[key]?.waiters.isEmpty == true else { return (waiter, .nothing) }
      waiting[key] = nil
      return (waiter, .dropped)
    }
    guard let waiter = running[key]?.waiters.removeValue(forKey: identifier) else {
      return (nil, .nothing)
    }
    guard running[key]?.waiters.isEmpty == true else { return (waiter, .nothing) }
    let task = running[key]?.task
    running[key] = nil
    return (waiter, .cancel(task))
  }

  /// Empties the queue: who waited, and what runs.
  mutating func removeAll() -> (waiters: [JobWaiter], tasks: [Task<Void, Never>]) {
    let jobs = Array(waiting.values) + Array(running.values)
    let tasks = running.values.compactMap(\.task)
    waiting.removeAll()
    running.removeAll()
    homes.removeAll()
    return (jobs.flatMap { Array($0.waiters.values) }, tasks)
  }
}
