import Catalog
import Platform
import Search

/// The result snapshots clients are looking at, by token: a bounded number, the least recently used
/// goes first, and whoever comes back to one that is gone asks again (410).
final class ResultStore: Sendable {
  private struct Entry {
    let result: SearchResult
    var used: UInt64
  }

  private struct State {
    var entries: [String: Entry] = [:]
    var clock: UInt64 = 0
  }

  private let limit: Int
  private let state = Locked(State())

  init(limit: Int) { self.limit = limit }

  /// Keeps a result and gives it a token.
  func add(_ result: SearchResult) -> String {
    // Random, so that a token of another server or an earlier start means nothing here.
    let token = AccessToken.random().text
    state.withLock { state in
      state.clock += 1
      state.entries[token] = Entry(result: result, used: state.clock)
      if state.entries.count > limit { Self.dropOldest(&state) }
    }
    return token
  }

  /// The token of a result of this query at this state of the catalog, if there is one.
  func token(for query: AssetQuery, changeNumber: Int64) -> (String, SearchResult)? {
    state.withLock { state in
      guard
        let found = state.entries.first(where: {
          $0.value.result.snapshot.query == query
            && $0.value.result.snapshot.changeNumber == changeNumber
        })
      else { return nil }
      state.clock += 1
      state.entries[found.key]?.used = state.clock
      return (found.key, found.value.result)
    }
  }

  /// The snapshot of a token.
  func snapshot(_ token: String) throws(APIError) -> ResultSnapshot {
    let found: ResultSnapshot? = state.withLock { state in
      state.clock += 1
      state.entries[token]?.used = state.clock
      return state.entries[token]?.result.snapshot
    }
    guard let found else {
      throw APIError(410, "gone", "This result is not kept any more; ask for it again.")
    }
    return found
  }

  /// Makes room: lets go of the least recently used one. False when there is none.
  func dropOldest() -> Bool { state.withLock { Self.dropOldest(&$0) } }

  @discardableResult
  private static func dropOldest(_ state: inout State) -> Bool {
    guard let oldest = state.entries.min(by: { $0.value.used < $1.value.used }) else {
      return false
    }
    state.entries[oldest.key] = nil
    return true
  }
}
