import Platform

/// What one listener of server-sent events has not read yet: at most the newest event of each name.
///
/// A slow client loses the states in between, never the last one, and never costs more memory than
/// one event of each kind. Thread-safe; one reader.
package final class EventStream: Sendable {
  private struct State {
    // Newest unread event by name, oldest name first; a handful of names at most.
    var pending: [(name: String, bytes: [UInt8])] = []
    // What is being sent now, and how much of it is out.
    var current: [UInt8] = []
    var sent = 0
    var isEnded = false
    var wake: (@Sendable () -> Void)?
    var onClose: (@Sendable () -> Void)?
  }

  /// What a reader gets.
  enum Piece: Sendable {
    /// That many bytes were copied.
    case bytes(Int)
    /// Nothing now; `wake` will be called.
    case waits
    /// Nothing ever again.
    case ends
  }

  private let state = Locked(State())

  /// A stream that begins with these bytes.
  package init(beginning: String = "retry: 2000\n\n") {
    state.withLock { $0.current = Array(beginning.utf8) }
  }

  /// Queues an event in place of an unread one of the same name. `data` must be one line.
  package func send(_ name: String, data: [UInt8]) {
    push(name, Array("event: \(name)\ndata: ".utf8) + data + [0x0A, 0x0A])
  }

  /// Queues a comment that keeps the connection alive.
  package func sendHeartbeat() { push("", Array(": alive\n\n".utf8)) }

  /// Ends the stream after what is queued.
  package func end() {
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      state.isEnded = true
      defer { state.wake = nil }
      return state.wake
    }
    wake?()
  }

  /// Sets what runs once when the listener is gone; at once if it is already.
  package func onClose(_ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.onClose = action }
  }

  /// Tells the stream that nobody reads it any more.
  func close() {
    let action = state.withLock { state -> (@Sendable () -> Void)? in
      state.isEnded = true
      state.pending = []
      state.current = []
      state.sent = 0
      state.wake = nil
      defer { state.onClose = nil }
      return state.onClose
    }
    action?()
  }

  /// Tells the stream that its listener has hung up: what is unread is dropped, and the reader is
  /// woken to find the end.
  func abandon() {
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      state.isEnded = true
      state.pending = []
      state.sent = state.current.count
      defer { state.wake = nil }
      return state.wake
    }
    wake?()
  }

  /// Copies what is there. With nothing to copy, `suspend` runs and returns what wakes the reader,
  /// which is called once; nil when the reader can't wait.
  func read(
    into buffer: UnsafeMutableRawBufferPointer,
    suspend: () -> (@Sendable () -> Void)?
  ) -> Piece {
    state.withLock { state in
      if state.sent == state.current.count {
        if state.pending.isEmpty {
          if state.isEnded { return .ends }
          // Under the lock: an event that comes now waits until there is somebody to wake.
          state.wake = suspend()
          return state.wake == nil ? .ends : .waits
        }
        state.current = state.pending.removeFirst().bytes
        state.sent = 0
      }
      let rest = state.current[state.sent...].prefix(buffer.count)
      unsafe buffer.copyBytes(from: rest)
      state.sent += rest.count
      return .bytes(rest.count)
    }
  }

  private func push(_ name: String, _ bytes: [UInt8]) {
    let wake = state.withLock { state -> (@Sendable () -> Void)? in
      if state.isEnded { return nil }
      if let index = state.pending.firstIndex(where: { $0.name == name }) {
        state.pending[index].bytes = bytes
      } else {
        state.pending.append((name, bytes))
      }
      defer { state.wake = nil }
      return state.wake
    }
    wake?()
  }
}
