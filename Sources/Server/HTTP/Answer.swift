import CMicrohttpd
import Glibc
import Platform

/// Hands an `HTTPResponse` to the library, sharing its bytes instead of copying them.
enum Answer {
  static func give(
    _ response: HTTPResponse, on connection: OpaquePointer, watch: ConnectionWatch
  ) -> CInt {
    guard let made = unsafe make(response.body, connection, watch) else {
      return CInt(CMHD_CLOSE.rawValue)
    }
    for header in response.headers {
      // A value with a line break never leaves: the library refuses it.
      unsafe _ = cmhd_add_header(made, header.name, header.value)
    }
    let isGiven = unsafe cmhd_answer(connection, UInt32(response.status), made) != 0
    return CInt(isGiven ? CMHD_CONTINUE.rawValue : CMHD_CLOSE.rawValue)
  }

  private static func make(
    _ body: HTTPResponse.Body, _ connection: OpaquePointer, _ watch: ConnectionWatch
  ) -> OpaquePointer? {
    switch body {
    case .none: return unsafe cmhd_bytes_response(nil, 0, nil, nil)
    case .bytes(let bytes, let owner): return unsafe bytesResponse(bytes, keeping: owner)
    case .file(let file, let offset, let count):
      // The library closes its descriptor, so it gets one of its own.
      guard let copy = try? file.descriptor.duplicate() else { return nil }
      return unsafe cmhd_file_response(copy.relinquish(), UInt64(offset), UInt64(count))
    case .events(let stream):
      let reader = unsafe StreamReader(
        stream: stream, connection: SuspendedConnection(connection), watch: watch)
      return unsafe cmhd_stream_response(
        4096,
        { reader, bytes, count in
          guard let reader = unsafe reader else { return CMHD_STREAM_BREAKS }
          return unsafe Unmanaged<StreamReader>.fromOpaque(reader).takeUnretainedValue()
            .read(into: UnsafeMutableRawBufferPointer(start: bytes, count: count))
        },
        {
          unsafe $0.map {
            unsafe Unmanaged<StreamReader>.fromOpaque($0).takeRetainedValue().close()
          }
        },
        Unmanaged.passRetained(reader).toOpaque())
    }
  }
}

extension Answer {
  /// An answer whose body is `bytes`, which are shared, not copied; nil when there is no memory.
  static func bytesResponse(
    _ bytes: [UInt8], keeping owner: (any AnyObject & Sendable)?
  ) -> OpaquePointer? {
    let lent = LentBytes(bytes: bytes, owner: owner)
    let pointer = unsafe lent.pointer
    return unsafe cmhd_bytes_response(
      pointer, bytes.count,
      { unsafe $0.map { unsafe Unmanaged<LentBytes>.fromOpaque($0).release() } },
      Unmanaged.passRetained(lent).toOpaque())
  }
}

/// Bytes the library sends from, kept until it says that it is done.
@safe private final class LentBytes: Sendable {
  private let bytes: [UInt8]
  private let owner: (any AnyObject & Sendable)?

  init(bytes: [UInt8], owner: (any AnyObject & Sendable)?) {
    self.bytes = bytes
    self.owner = owner
  }

  /// Where the elements are. They stay there as long as this object lives: a native array keeps its
  /// elements in one heap block, and nobody can change this one.
  var pointer: UnsafePointer<UInt8>? {
    unsafe bytes.withUnsafeBufferPointer { $0.baseAddress }
  }
}

/// Feeds an event stream into one connection, suspending it while there is nothing to send.
@safe private final class StreamReader: Sendable {
  private let stream: EventStream
  private let connection: SuspendedConnection
  private let watch: ConnectionWatch

  init(stream: EventStream, connection: SuspendedConnection, watch: ConnectionWatch) {
    self.stream = stream
    self.connection = connection
    self.watch = watch
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let piece = unsafe stream.read(into: buffer) { [watch, stream, connection] in
      let ticket = watch.suspend(connection) { _ in stream.abandon() }
      guard let ticket else { return nil }
      return {
        watch.forget(ticket)
        watch.resume(ticket)
      }
    }
    switch piece {
    case .bytes(let count): return count
    case .waits: return CMHD_STREAM_WAITS
    case .ends: return CMHD_STREAM_ENDS
    }
  }

  func close() { stream.close() }
}
