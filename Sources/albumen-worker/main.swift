import Glibc
import Platform
import WorkerRuntime

/// `albumen-worker decode PARENT-PID` works for the process that started it, `albumen-worker selftest`
/// proves its confinement.
let arguments = CommandLine.arguments.dropFirst()

func complain(_ sentence: String, code: CInt) -> Never {
  try? FileDescriptor(takingOwnershipOf: 2).write(Array("albumen-worker: \(sentence)\n".utf8))
  exit(code)
}

switch arguments.first {
case "selftest":
  let (json, passed) = SelfTest.run(prepare: DecodeJobs.prepare)
  try? FileDescriptor(takingOwnershipOf: 1).write(Array("\(json)\n".utf8))
  exit(passed ? 0 : 1)
case "decode":
  guard let parent = arguments.dropFirst().first.flatMap({ pid_t($0) }) else {
    complain("decode takes the process id of its parent", code: 2)
  }
  var confinement = Confinement(
    parent: parent, firstUnused: WorkerLoop<DecodeJobs>.socketDescriptor + 1)
  DecodeJobs.prepare()
  confinement.lock()
  do {
    try WorkerLoop(jobs: DecodeJobs()).run(notices: confinement.notices)
  } catch {
    complain("\(error)", code: 3)
  }
  exit(0)
default:
  complain(
    "albumen starts this program by itself; the only command for people is selftest", code: 2)
}
