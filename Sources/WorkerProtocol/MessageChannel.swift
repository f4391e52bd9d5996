import CLinux
import Glibc
import Platform

/// One end of the packet socket between `albumen` and a worker: messages with descriptors beside
/// them, each whole or not at all.
///
/// Use it from one thread at a time; the message buffer is used again for every message.
public final class MessageChannel {
  /// The socket, owned by this channel.
  public let socket: FileDescriptor
  private var buffer: [UInt8]

  /// What one call of `receive` gave.
  public enum Received {
    /// A message. The bytes are only lent: decode them before the next call.
    case message(bytes: ArraySlice<UInt8>, descriptors: ReceivedDescriptors)
    /// Nothing there now (a socket that does not block).
    case nothing
    /// The other side is gone.
    case end
  }

  /// Takes over a connected `SOCK_SEQPACKET` socket.
  public init(socket: consuming FileDescriptor) {
    self.socket = socket
    buffer = [UInt8](repeating: 0, count: WireLimits.messageByteCount)
  }

  /// Ends both directions now; the other side's next `receive` says `end`.
  public func close() { shutdown(socket.rawValue, CInt(SHUT_RDWR)) }

  /// Sends one message; false when the socket's queue is full (a socket that does not block).
  ///
  /// - Throws: the `errno` of `sendmsg(2)`, e.g. `EPIPE` when the other side is gone.
  public func send(_ bytes: [UInt8], descriptors: [CInt] = []) throws(SystemError) -> Bool {
    let sent = unsafe bytes.withUnsafeBytes { bytes in
      unsafe descriptors.withUnsafeBufferPointer { descriptors in
        while true {
          let count = unsafe clinux_send_descriptors(
            socket.rawValue, bytes.baseAddress, bytes.count, descriptors.baseAddress,
            descriptors.count)
          if count >= 0 || errno != EINTR { return count }
        }
      }
    }
    if sent >= 0 { return true }
    // Too many descriptors of this user are under way: the receiver takes them out soon.
    if errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS { return false }
    throw .last("sendmsg")
  }

  /// Receives one message.
  ///
  /// - Throws: the `errno` of `recvmsg(2)`; `EMSGSIZE` when a message was longer than allowed or
  ///   carried more descriptors than allowed.
  public func receive() throws(SystemError) -> Received {
    let descriptors = ReceivedDescriptors()
    var truncated: CInt = 0
    let count = unsafe buffer.withUnsafeMutableBytes { buffer in
      unsafe descriptors.withRoom { room, descriptorCount in
        while true {
          let count = unsafe clinux_receive_descriptors(
            socket.rawValue, buffer.baseAddress, buffer.count, room, &descriptorCount, &truncated)
          if count >= 0 || errno != EINTR { return count }
          descriptorCount = WireLimits.descriptorCount
        }
      }
    }
    if count < 0 {
      if errno == EAGAIN { return .nothing }
      if errno == ECONNRESET { return .end }
      throw .last("recvmsg")
    }
    if truncated != 0 { throw SystemError(code: EMSGSIZE, call: "recvmsg") }
    if count == 0 { return .end }
    return .message(bytes: buffer[..<count], descriptors: descriptors)
  }
}

/// Descriptors that came with a message; closed with this object.
public final class ReceivedDescriptors {
  private var all: [CInt] = []

  /// The descriptors, borrowed.
  public var values: [CInt] { all }

  init() {}

  deinit { for descriptor in all { close(descriptor) } }

  /// Lends room for as many as a message may carry and keeps what came.
  func withRoom(
    _ body: (_ room: UnsafeMutablePointer<CInt>, _ count: inout Int) -> Int
  ) -> Int {
    var result = -1
    all = unsafe [CInt](unsafeUninitializedCapacity: WireLimits.descriptorCount) { room, count in
      guard let base = room.baseAddress else { return }
      var came = WireLimits.descriptorCount
      result = unsafe body(base, &came)
      count = result < 0 ? 0 : came
    }
    return result
  }
}
