import Foundation
import Platform
import TestSupport
import Testing

@Suite(
  .timeLimit(.minutes(5)), .disabled(if: Sanitizer.isOn, Comment(rawValue: Sanitizer.cause)))
struct SelfTestTests {
  struct Findings: Decodable {
    struct Attempt: Decodable {
      let name: String
      let refused: Bool
      let code: Int
      let reason: String
    }
    let landlock: Int
    let seccomp: Bool
    let noNewPrivileges: Bool
    let threads: Bool
    let passed: Bool
    let notices: [String]
    let attempts: [Attempt]
  }

  static let workers = ["albumen-worker", "albumen-worker-picture", "albumen-worker-full"]

  /// Runs each worker's proof once for all tests.
  static let findings: [String: Result<Findings, any Error>] = Dictionary(
    uniqueKeysWithValues: workers.map { worker in (worker, Result { try findings(of: worker) }) })

  private static func findings(of worker: String) throws -> Findings {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: BuiltProduct.path(worker).description)
    process.arguments = ["selftest"]
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode(Findings.self, from: data)
  }

  @Test(
    arguments: workers,
    [
      "open", "openat", "openat2", "create-file", "unlink", "socket", "exec", "fork", "clone",
      "ptrace-parent", "read-parent-memory", "kill-parent", "mount", "user-namespace", "io_uring",
      "bpf", "keyctl", "executable-memory", "raise-limit", "allocate-past-limit",
      "write-read-only",
    ])
  func `a confined worker is refused`(worker: String, name: String) throws {
    let findings = try #require(Self.findings[worker]).get()
    let attempt = try #require(
      findings.attempts.first { $0.name == name }, "it was not tried")
    #expect(attempt.refused, "\(attempt.reason)")
  }

  @Test(arguments: workers)
  func `a confined worker can still start threads, and the proof passes`(worker: String) throws {
    let findings = try #require(Self.findings[worker]).get()
    #expect(findings.threads)
    #expect(findings.seccomp)
    #expect(findings.noNewPrivileges)
    #expect(findings.passed)
    #expect(findings.attempts.count == 21)
    // Landlock may be missing from a kernel; then it says so.
    #expect(findings.landlock > 0 || !findings.notices.isEmpty)
  }
}
