import CLinux
import Glibc
import Platform

/// What the worker executables do with their arguments; only their decoders differ.
public enum WorkerProgram {
  /// `NAME decode PARENT-PID` works for the process that started it until that is gone,
  /// `NAME selftest` proves the confinement.
  ///
  /// - Parameters:
  ///   - prepare: loads what the decoders need from files; runs before the worker is confined.
  ///   - readsFonts: whether the decoders draw text and so open fonts.
  ///   - reusesMemory: whether the blocks of its jobs come from a heap that one job leaves to the
  ///     next one; otherwise every big one is a mapping of its own.
  ///   - jobs: makes the decoders.
  public static func run<Jobs: WorkerJobs>(
    named name: String, readsFonts: Bool, reusesMemory: Bool, prepare: () -> Void,
    jobs: () -> Jobs
  ) -> Never {
    func complain(_ sentence: String, code: CInt) -> Never {
      try? FileDescriptor(takingOwnershipOf: 2).write(Array("\(name): \(sentence)\n".utf8))
      exit(code)
    }
    let arguments = CommandLine.arguments.dropFirst()
    switch arguments.first {
    case "selftest":
      let (json, passed) = SelfTest.run(prepare: prepare, readsFonts: readsFonts)
      try? FileDescriptor(takingOwnershipOf: 1).write(Array("\(json)\n".utf8))
      exit(passed ? 0 : 1)
    case "decode":
      guard let parent = arguments.dropFirst().first.flatMap({ pid_t($0) }) else {
        complain("decode takes the process id of its parent", code: 2)
      }
      var confinement = Confinement(
        parent: parent, firstUnused: WorkerLoop<Jobs>.socketDescriptor + 1)
      if reusesMemory { clinux_keep_freed_blocks() }
      prepare()
      confinement.lock(readsFonts: readsFonts)
      do {
        try WorkerLoop(jobs: jobs(), reusesMemory: reusesMemory).run(notices: confinement.notices)
      } catch {
        complain("\(error)", code: 3)
      }
      exit(0)
    default:
      complain(
        "albumen starts this program by itself; the only command for people is selftest", code: 2)
    }
  }
}
