import Catalog
import Glibc
import Library
import MemoryBudget
import Platform

extension Command {
  /// `albumen doctor LIB`
  static let doctor = Command(
    name: "doctor",
    summary: "check a library and this machine",
    operands: "[LIB]",
    discussion: """
      Checks that the worker's sandbox holds on this kernel, which memory there is to work with, and,
      with a library, every page and reference of its catalog. --repair counts the folders anew; it
      changes nothing else.
      """,
    options: [.flag("repair", "set right what can be"), .flag("json", "one line of JSON")],
    examples: [
      ("albumen doctor", "this machine only"), ("albumen doctor ~/Pictures", "a library too"),
    ]
  ) { arguments, console in
    var findings = [try checkMemory(), try await checkSandbox()]
    if !arguments.operands.isEmpty {
      findings += try await checkCatalog(arguments, console)
    }
    if arguments.has("json") {
      var json = JSONWriter()
      json.object { json in
        json.array("findings") { json in
          for finding in findings {
            json.object { json in
              json.member("what", finding.what)
              json.member("ok", finding.isGood)
              json.member("detail", finding.detail)
            }
          }
        }
      }
      console.print(json)
    } else {
      for finding in findings {
        console.print("\(finding.isGood ? "ok    " : "FAULT ") \(finding.what): \(finding.detail)")
      }
    }
    return findings.allSatisfy(\.isGood) ? .success : .fatal
  }

  /// One thing that was looked at.
  private struct Finding {
    let what: String
    let isGood: Bool
    let detail: String
  }

  private static func checkMemory() throws -> Finding {
    let limit = MemoryLimit.systemDefault()
    return Finding(
      what: "memory", isGood: limit >= MemoryLimit.minimum,
      detail: "without --memory the budget is \(Text.bytes(limit)); at least "
        + "\(Text.bytes(MemoryLimit.minimum)) are needed")
  }

  /// Runs the workers' own test of their confinement.
  private static func checkSandbox() async throws -> Finding {
    let workers = try WorkerExecutable.kinds(beside: try WorkerExecutable.find())
    for (_, worker) in workers.sorted(by: { $0.key < $1.key }) {
      let finding = try await checkSandbox(of: worker)
      guard finding.isGood else { return finding }
    }
    return Finding(
      what: "sandbox", isGood: true,
      detail: "a worker can open no file, make no socket, start no process, touch no other process")
  }

  private static func checkSandbox(of worker: FilePath) async throws -> Finding {
    let pool = BlockingPool(name: "doctor", threadCount: 1)
    defer { pool.shutDown() }
    let (status, output) = try await pool.run { try ChildProcess.run(worker, ["selftest"]) }
    guard status != 127 else {
      return Finding(
        what: "sandbox", isGood: false,
        detail: "\(worker) is not there; build the product \(worker.name)")
    }
    let text = output.split(separator: "\n").last.map(String.init) ?? ""
    return Finding(
      what: "sandbox", isGood: status == 0,
      detail: "\(worker): some of what must be refused is not: \(text)")
  }

  private static func checkCatalog(
    _ arguments: Arguments, _ console: Console
  ) async throws -> [Finding] {
    try await LibraryArguments.reading(arguments) { catalog, directory in
      var health = try await catalog.integrityCheck()
      if arguments.has("repair"), health.damage.isEmpty, health.canBeRepaired {
        try await catalog.repairCounts()
        health = try await catalog.integrityCheck()
      }
      var problems = health.damage.map { Text.oneLine($0) }
      if health.danglingReferences > 0 {
        problems.append("\(health.danglingReferences) references lead nowhere")
      }
      if health.miscountedFolders > 0 {
        problems.append("\(health.miscountedFolders) folders are miscounted; --repair counts anew")
      }
      if health.miscountedTags + health.miscountedAlbums > 0 {
        problems.append(
          "\(health.miscountedTags) tags and \(health.miscountedAlbums) albums are miscounted; "
            + "--repair counts anew")
      }
      if health.staleImpliedTags > 0 {
        problems.append(
          "\(health.staleImpliedTags) assets lack what their tags imply, or have what nothing does; "
            + "--repair follows the rules anew")
      }
      if health.damagedTagRows > 0 {
        problems.append(
          "the tags of \(health.damagedTagRows) assets cannot be read; put back one of the backups "
            + "beside the catalog")
      }
      if !health.damage.isEmpty {
        problems.append(
          "move \(directory.appending("catalog.db")) aside and put its last backup in its place, or "
            + "scan anew")
      }
      return [
        Finding(
          what: "catalog", isGood: health.isHealthy,
          detail: problems.isEmpty
            ? "\(Text.count(try await catalog.counts().assets)) assets, every page and reference is "
              + "sound" : problems.joined(separator: "; "))
      ]
    }
  }
}
