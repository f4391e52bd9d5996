import CMicrohttpd
import Glibc
import Platform
import Synchronization

/// One accepted connection: its socket, and since when a request on it has been coming in.
final class ConnectionRecord: Sendable {
  let descriptor: CInt
  // Monotonic nanoseconds; 0 while a request is being answered.
  private let readingSince: Atomic<UInt64>

  init(descriptor: CInt) {
    self.descriptor = descriptor
    readingSince = Atomic(monotonicNanoseconds())
  }

  /// The request is complete: from now on it is our time that passes, not the client's.
  func stopReadingClock() { readingSince.store(0, ordering: .relaxed) }

  /// The answer is out; the next request may come.
  func startReadingClock() { readingSince.store(monotonicNanoseconds(), ordering: .relaxed) }

  func isLate(now: UInt64, limit: UInt64) -> Bool {
    let since = readingSince.load(ordering: .relaxed)
    return since != 0 && now > since && now - since > limit
  }
}

/// Sees what the HTTP library does not: clients that leave while their request is worked on, and
/// clients that send a request too slowly.
///
/// The library takes a suspended connection out of its own loop, so a second epoll set watches the
/// sockets of those. A thread of its own; it ends with `stop`.
final class ConnectionWatch: Sendable {
  /// A connection that is suspended, and by what its entry is known.
  struct Ticket: Sendable {
    fileprivate let identifier: UInt64
    fileprivate let connection: SuspendedConnection
  }

  private struct Waiting {
    let connection: SuspendedConnection
    let leave: @Sendable (Ticket) -> Void
  }

  private struct State {
    var waiting: [UInt64: Waiting] = [:]
    var nextIdentifier: UInt64 = 1
    // Connections suspended and not yet given back; the daemon must not be stopped before it is 0.
    var suspendedCount = 0
    var records: [ObjectIdentifier: ConnectionRecord] = [:]
    // No connection is suspended any more.
    var isClosed = false
    var isStopped = false
  }

  private let set: FileDescriptor
  private let requestNanoseconds: UInt64
  private let state = Locked(State())

  init(requestNanoseconds: UInt64) throws(SystemError) {
    self.requestNanoseconds = requestNanoseconds
    set = FileDescriptor(
      takingOwnershipOf: try systemCall("epoll_create1") { cmhd_hangup_create() })
  }

  /// Starts the thread.
  func start() {
    startDetachedThread(named: "http-watch") { self.run() }
  }

  /// Ends the thread within a second.
  func stop() { state.withLock { $0.isStopped = true } }

  /// Notes a new connection.
  func add(_ record: ConnectionRecord) {
    state.withLock { $0.records[ObjectIdentifier(record)] = record }
  }

  /// Forgets a connection; after this its socket is not touched.
  func remove(_ record: ConnectionRecord) {
    state.withLock { $0.records[ObjectIdentifier(record)] = nil }
  }

  /// Suspends a connection and calls `leave` once if its client hangs up before `forget`.
  ///
  /// Nil when the daemon is being stopped: then nothing is suspended. Whoever gets a ticket, from
  /// here or in `leave`, and is the one to go on calls `resume` with it.
  func suspend(
    _ connection: SuspendedConnection, leave: @escaping @Sendable (Ticket) -> Void
  ) -> Ticket? {
    // All under the lock, so that `close` sees either no connection or a suspended one.
    state.withLock { state -> Ticket? in
      if state.isClosed { return nil }
      connection.suspend()
      state.nextIdentifier += 1
      state.suspendedCount += 1
      let identifier = state.nextIdentifier
      state.waiting[identifier] = Waiting(connection: connection, leave: leave)
      // A socket that can't be watched is answered all the same, whether its client is there or not.
      _ = cmhd_hangup_add(set.rawValue, connection.descriptor, identifier)
      return Ticket(identifier: identifier, connection: connection)
    }
  }

  /// Stops watching; must come before `resume`, while the socket is open for sure.
  func forget(_ ticket: Ticket) {
    let waiting = state.withLock { $0.waiting.removeValue(forKey: ticket.identifier) }
    if let waiting { removeFromSet(waiting.connection.descriptor) }
  }

  /// Gives a connection back to the daemon; once for every ticket.
  func resume(_ ticket: Ticket) {
    ticket.connection.resume()
    state.withLock { $0.suspendedCount -= 1 }
  }

  /// Treats all clients that wait as gone, from now on, and returns when none is suspended.
  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [:] }
      return state.waiting
    }
    for (identifier, entry) in waiting {
      removeFromSet(entry.connection.descriptor)
      entry.leave(Ticket(identifier: identifier, connection: entry.connection))
    }
    // What is left is between `forget` and `resume` on other threads: a few instructions.
    while state.withLock({ $0.suspendedCount }) > 0 { usleep(100) }
  }

  private func removeFromSet(_ descriptor: CInt) {
    _ = cmhd_hangup_remove(set.rawValue, descriptor)
  }

  private func run() {
    var identifiers = [UInt64](repeating: 0, count: 64)
    var nextSweep = monotonicNanoseconds() + 1_000_000_000
    while true {
      let count = unsafe cmhd_hangup_wait(
        set.rawValue, &identifiers, CInt(identifiers.count), 1000)
      if state.withLock({ $0.isStopped }) { return }
      for identifier in identifiers.prefix(Int(max(0, count))) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: identifier) }
        guard let waiting else { continue }
        removeFromSet(waiting.connection.descriptor)
        waiting.leave(Ticket(identifier: identifier, connection: waiting.connection))
      }
      let now = monotonicNanoseconds()
      if now >= nextSweep {
        nextSweep = now + 1_000_000_000
        sweep(now)
      }
    }
  }

  // Shuts down the sockets of those who send too slowly; the library then sees the end and closes.
  private func sweep(_ now: UInt64) {
    state.withLock { state in
      for record in state.records.values where record.isLate(now: now, limit: requestNanoseconds) {
        shutdown(record.descriptor, CInt(SHUT_RDWR))
      }
    }
  }
}
