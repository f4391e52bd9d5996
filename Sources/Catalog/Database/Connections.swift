import Platform

/// The connections of one database: a writer on its own thread, and readers on a few.
///
/// Nothing here blocks the cooperative pool. A write that began is finished even when its task is
/// cancelled (what was acknowledged or half done is never in doubt); a read is interrupted.
package final class Connections<WriterState: Sendable>: Sendable {
  private let writers: BlockingPool
  private let readers: BlockingPool
  // Confined to the one thread of `writers`.
  private let writer: WriterState
  // Readers not in use; there are as many as `readers` has threads, so one is always there.
  private let idle: Locked<[Database]>

  /// Takes over a writer and the readers.
  ///
  /// - Parameters:
  ///   - name: begins the threads' names; at most 8 bytes.
  ///   - writer: what only the writer thread uses: the connection and its caches.
  ///   - readers: read-only connections, at least one.
  package init(name: String, writer: WriterState, readers: [Database]) {
    precondition(!readers.isEmpty, "a pool of connections needs a reader")
    self.writer = writer
    writers = BlockingPool(name: "\(name)-write", threadCount: 1)
    self.readers = BlockingPool(name: "\(name)-read", threadCount: readers.count)
    idle = Locked(readers)
  }

  /// Runs `body` on the writer thread, after what waits there already.
  package func write<Value: Sendable>(
    _ body: @escaping @Sendable (WriterState) throws -> Value
  ) async throws -> Value {
    let writer = writer
    return try await writers.run { try body(writer) }
  }

  /// Runs `body` with a reader. Cancelling the task interrupts the statement it is in.
  package func read<Value: Sendable>(
    _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    let running = Locked<(database: Database?, isCancelled: Bool)>((nil, false))
    return try await withTaskCancellationHandler {
      try await readers.run { [self] in
        guard let database = idle.withLock({ $0.popLast() }) else {
          preconditionFailure("a reader thread without a connection")
        }
        defer { idle.withLock { $0.append(database) } }
        let isCancelled = running.withLock { running in
          running.database = database
          return running.isCancelled
        }
        // After this the connection may serve somebody else, who must not be interrupted.
        defer {
          running.withLock { $0.database = nil }
          database.allowWork()
        }
        if isCancelled { throw CancellationError() }
        do { return try body(database) } catch let error as CatalogError
          where error.kind == .interrupted
        {
          throw CancellationError()
        }
      }
    } onCancel: {
      running.withLock { running in
        running.isCancelled = true
        running.database?.interrupt()
      }
    }
  }

  /// Ends the threads after what they do now; what waits is cancelled.
  package func shutDown() {
    writers.shutDown()
    readers.shutDown()
  }
}
