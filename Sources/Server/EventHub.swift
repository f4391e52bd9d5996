import Catalog
import Library
import Platform
import Scanning

/// Tells all listeners what changes: the scan, the library, memory, thumbnails.
///
/// It looks for changes while somebody listens and sends only what is new, each kind at its own pace;
/// every listener gets the state of everything when it comes. Thread-safe.
final class EventHub: Sendable {
  private struct State {
    var listeners: [ObjectIdentifier: EventStream] = [:]
    var ticker: Task<Void, Never>?
    // Raised for every new listener: the next tick sends everything to everybody.
    var newcomers = 0
    var isClosed = false
  }

  /// Pages that may listen at once.
  static let listenerLimit = 32
  private static let tick = Duration.milliseconds(100)
  private static let ticksPerLibraryEvent = 5
  private static let ticksPerMemoryEvent = 10
  private static let ticksPerHeartbeat = 150

  private let library: Library
  private let state = Locked(State())

  init(library: Library) { self.library = library }

  /// A stream of what happens from now on; nil when too many listen already.
  func subscribe() -> EventStream? {
    let stream = EventStream()
    let isTaken = state.withLock { state in
      guard !state.isClosed, state.listeners.count < Self.listenerLimit else { return false }
      state.listeners[ObjectIdentifier(stream)] = stream
      state.newcomers += 1
      if state.ticker == nil { state.ticker = Task { await self.run() } }
      return true
    }
    guard isTaken else { return nil }
    stream.onClose { [weak self, weak stream] in
      guard let self, let stream else { return }
      state.withLock { _ = $0.listeners.removeValue(forKey: ObjectIdentifier(stream)) }
    }
    return stream
  }

  /// Ends all streams.
  func close() {
    let (listeners, ticker) = state.withLock { state in
      state.isClosed = true
      defer { state.listeners = [:] }
      return (Array(state.listeners.values), state.ticker.take())
    }
    ticker?.cancel()
    for listener in listeners { listener.end() }
  }

  private func send(_ name: String, _ members: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    json.object(members)
    for listener in state.withLock({ Array($0.listeners.values) }) {
      listener.send(name, data: json.bytes)
    }
  }

  // Nil ends the ticking; else whether somebody came since the last tick.
  private func beginTick() -> Bool? {
    state.withLock { state in
      if state.listeners.isEmpty || state.isClosed {
        state.ticker = nil
        return nil
      }
      defer { state.newcomers = 0 }
      return state.newcomers > 0
    }
  }

  private func run() async {
    var scan: ScanProgress?
    var changeNumber: Int64?
    let changes = library.catalog.changes()
    var thumbnails: [Int] = []
    var ticks = 0
    // Who looks at a library without pictures waits for the first of them.
    var isEmpty = true
    while !Task.isCancelled, let hasNewcomers = beginTick() {
      if hasNewcomers {
        scan = nil
        changeNumber = nil
        thumbnails = []
      }
      if let changed = changes.take(), changed.concernsTags {
        send("tags") { $0.member("changeNumber", changed.changeNumber) }
      }
      let progress = library.scanProgress
      if progress != scan {
        scan = progress
        send("scan") { $0.scanMembers(progress) }
      }
      if hasNewcomers || isEmpty || ticks % Self.ticksPerLibraryEvent == 0 {
        if library.catalog.changeNumber != changeNumber,
          let counts = try? await library.catalog.counts()
        {
          let number = library.catalog.changeNumber
          changeNumber = number
          isEmpty = counts.assets == 0
          send("library") { json in
            json.member("changeNumber", number)
            json.object("counts") { $0.countMembers(counts) }
          }
        }
        let statistics = library.tiers.thumbnails
        let now = [statistics.made, statistics.pending, statistics.failed]
        if now != thumbnails {
          thumbnails = now
          send("thumbnails") { json in
            json.member("made", statistics.made)
            json.member("pending", statistics.pending)
            json.member("failed", statistics.failed)
          }
        }
      }
      if hasNewcomers || ticks % Self.ticksPerMemoryEvent == 0,
        let report = try? await library.memory.report()
      {
        let (tiers, jobs) = (library.tiers, library.workerJobs)
        send("memory") { $0.memoryMembers(report, tiers, jobs: jobs) }
      }
      if ticks % Self.ticksPerHeartbeat == 0 {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener.sendHeartbeat() }
      }
      ticks += 1
      try? await Task.sleep(for: Self.tick)
    }
  }
}

extension CatalogChangeSet {
  /// True when tags, albums, searches or what they say of assets may look different.
  fileprivate var concernsTags: Bool {
    !tags.isEmpty || !albums.isEmpty || !topics.subtracting(.folders).isEmpty
  }
}
