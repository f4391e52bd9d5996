import CSandbox
import Glibc
import Platform
import TestSupport
import Testing
import WorkerProtocol

@Suite(.timeLimit(.minutes(5))) struct MessageChannelTests {
  private func pair() throws -> (MessageChannel, MessageChannel) {
    var first: CInt = -1
    var second: CInt = -1
    try #require(csandbox_socket_pair(&first, &second) == 0)
    return (
      MessageChannel(socket: FileDescriptor(takingOwnershipOf: first)),
      MessageChannel(socket: FileDescriptor(takingOwnershipOf: second))
    )
  }

  @Test func `a message arrives whole, with descriptors that are closed afterwards`() throws {
    let (parent, child) = try pair()
    let directory = try TemporaryDirectory()
    let path = try directory.write("a", Array("hello".utf8))
    let file = try FileDescriptor.open(path, flags: O_RDONLY)
    #expect(try parent.send([1, 2, 3], descriptors: [file.rawValue, file.rawValue]))
    var kept: CInt = -1
    do {
      guard case .message(let bytes, let descriptors) = try child.receive() else {
        Issue.record("no message came")
        return
      }
      #expect(Array(bytes) == [1, 2, 3])
      #expect(descriptors.values.count == 2)
      kept = try #require(descriptors.values.first)
      #expect(fcntl(kept, F_GETFD) == FD_CLOEXEC)
    }
    #expect(fcntl(kept, F_GETFD) == -1)
  }

  @Test func `a queue that is full refuses, an empty one has nothing, a closed one has ended`()
    throws
  {
    let (parent, child) = try pair()
    guard case .nothing = try parent.receive() else {
      Issue.record("there was something")
      return
    }
    var sent = 0
    while try parent.send([UInt8](repeating: 0, count: 4096)) { sent += 1 }
    #expect(sent > 4)
    for _ in 0..<sent { _ = try child.receive() }
    child.close()
    guard case .end = try parent.receive() else {
      Issue.record("no end came")
      return
    }
    #expect(throws: SystemError.self) { try parent.send([1]) }
  }

  @Test func `a message that is too long is refused`() throws {
    let (parent, child) = try pair()
    // Past the channel's own checks: a worker may send what it likes.
    let long = [UInt8](repeating: 0, count: WireLimits.messageByteCount + 1)
    #expect(try parent.send(long))
    #expect(throws: SystemError(code: EMSGSIZE, call: "recvmsg")) { try child.receive() }
  }

  @Test func `shared output keeps its size and takes what fits`() throws {
    let memory = try SharedOutput.make(byteCount: 4096)
    #expect(ftruncate(memory.rawValue, 0) == -1)
    #expect(ftruncate(memory.rawValue, 8192) == -1)
    let parts: [[UInt8]] = [[1, 2, 3], [], [4]]
    #expect(try SharedOutput.write(parts, to: memory.rawValue))
    #expect(try memory.read(at: 0, count: 4) == [1, 2, 3, 4])
    let long = [UInt8](repeating: 9, count: 4097)
    #expect(try !SharedOutput.write([long], to: memory.rawValue))
    let unsealed = try FileDescriptor.memory(named: "unsealed")
    #expect(throws: SystemError.self) { try SharedOutput.write([[1]], to: unsealed.rawValue) }
  }
}
