import Glibc
import Media
import Pixels
import Platform
import WorkerProtocol
import WorkerRuntime

/// A worker for tests that does what the first line of the file it is given says: `ok`, `hang`,
/// `crash`, `lie …`. It confines itself like the real one.

/// Says how it starts: `exit`, `hang`, `version`, `garbage`; nothing for an honest start.
let start = environment("FIXTURE_START")

func environment(_ name: String) -> String {
  guard let value = unsafe getenv(name) else { return "" }
  return unsafe String(cString: value)
}

guard CommandLine.arguments.count == 3, let parent = pid_t(CommandLine.arguments[2]) else {
  exit(2)
}
var confinement = Confinement(parent: parent, firstUnused: 4)
let channel = MessageChannel(socket: FileDescriptor(takingOwnershipOf: 3))
if start == "exit" { exit(9) }
if start == "hang" { while true { pause() } }
confinement.lock(readsFonts: true)
if start == "notice" { _ = try channel.send(WorkerAnswer.notice("no moon").encoded()) }
if start == "garbage" {
  _ = try channel.send([0xde, 0xad])
} else {
  let version: UInt16 = start == "version" ? 9999 : WireLimits.version
  _ = try channel.send(WorkerAnswer.hello(version: version).encoded())
}
let fixture = Fixture(channel: channel)
while true {
  guard case .message(let bytes, let descriptors) = try channel.receive() else { exit(0) }
  try fixture.carryOut(try WorkerRequest(decoding: bytes), descriptors.values)
}
