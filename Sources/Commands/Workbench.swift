import Glibc
import Library
import Media
import MemoryBudget
import Platform
import WorkerPool

/// What the commands work with that need no library: a budget and the workers.
struct Workbench: Sendable {
  let budget: MemoryBudget
  let pool: WorkerPool
  // Held for as long as the process works: what it had before its first file.
  private let base: Locked<Reservation?>

  /// The option every command that does work takes.
  static let memoryOption = Option.value(
    "memory", short: "m", "SIZE", "the budget of all processes together, e.g. 512M")

  /// Opens one with the budget of `--memory`, `ALBUMEN_MEMORY` or the machine.
  init(_ arguments: Arguments, console: Console) throws {
    budget = MemoryBudget(byteLimit: try Self.byteLimit(arguments) ?? Self.systemLimit())
    let own = (try? ProcessMemory.pss(of: getpid())) ?? 16 << 20
    base = Locked(budget.reserveIfRoom(own, for: budget.account("process.base", floor: own)))
    var configuration = WorkerPool.Configuration(
      executables: try WorkerExecutable.kinds(beside: try WorkerExecutable.find()))
    configuration.noticeHandler = { console.note($0) }
    pool = try WorkerPool(configuration: configuration, budget: budget)
  }

  /// The budget somebody named; nil when it is left to the machine.
  static func byteLimit(_ arguments: Arguments) throws -> Int? {
    if let text = arguments.text("memory") {
      do { return try MemoryLimit.parse(text) } catch { throw UsageError("--memory: \(error)") }
    }
    guard let text = unsafe getenv("ALBUMEN_MEMORY").map({ unsafe String(cString: $0) }),
      !text.isEmpty
    else { return nil }
    do { return try MemoryLimit.parse(text) } catch {
      throw UsageError("ALBUMEN_MEMORY: \(error)")
    }
  }

  private static func systemLimit() throws -> Int {
    let limit = MemoryLimit.systemDefault()
    do { try MemoryLimit.check(limit) } catch {
      throw CommandFailure("this machine leaves \(Text.bytes(limit)) for pictures; \(error)")
    }
    return limit
  }

  /// Opens a file for a worker; what is not a regular file is refused.
  static func open(_ path: FilePath) throws(MediaFailure) -> OpenFile {
    do {
      // O_NONBLOCK: a named pipe must not hold us up; for regular files it means nothing.
      let descriptor = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
      guard try descriptor.status().st_mode & S_IFMT == S_IFREG else {
        throw MediaFailure(.unreadable, "It is not a regular file.")
      }
      return OpenFile(descriptor: descriptor, path: path)
    } catch let error as SystemError {
      throw MediaFailure(
        error.code == ENOENT ? .vanished : .unreadable, "\(error.reason) (\(error.call)).")
    } catch let failure as MediaFailure {
      throw failure
    } catch {
      throw MediaFailure(.unreadable, "\(error)")
    }
  }

  /// Does `work` for each path, a few at a time, and hands the outcomes over in the order typed.
  func forEach<Outcome: Sendable>(
    _ paths: [FilePath], _ work: @escaping @Sendable (Int) async -> Outcome,
    handle: (Int, Outcome) throws -> Void
  ) async throws {
    // Twice the workers: one is decoded while the next is opened and probed.
    let width = min(paths.count, 2 * usableProcessorCount())
    try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
      var finished: [Int: Outcome] = [:]
      var nextToStart = 0
      var nextToHandle = 0
      func startOne() {
        let index = nextToStart
        nextToStart += 1
        group.addTask { (index, await work(index)) }
      }
      while nextToStart < width { startOne() }
      while let (index, outcome) = try await group.next() {
        try Task.checkCancellation()
        finished[index] = outcome
        while let ready = finished.removeValue(forKey: nextToHandle) {
          try handle(nextToHandle, ready)
          nextToHandle += 1
        }
        // What is finished but not yet handled is small (paths and sizes), so a slow file in front
        // holds up the order of the messages only, not the work.
        if nextToStart < paths.count { startOne() }
      }
    }
  }
}
