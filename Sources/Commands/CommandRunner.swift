import CLinux
import Dispatch
import Glibc
import Platform

/// Runs what was typed: finds the command, sorts its arguments, and turns every failure into one
/// sentence and an exit code.
public enum CommandRunner {
  /// The version shown by `--version` and told by the API.
  public static let version = "0.1.0"

  /// The process's arguments as bytes; `CommandLine.arguments` would repair names that are not UTF-8.
  public static var processArguments: [[UInt8]] {
    var arguments: [[UInt8]] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let text = unsafe CommandLine.unsafeArgv[index] else { break }
      let count = unsafe strlen(text)
      arguments.append(
        unsafe Array(UnsafeRawBufferPointer(start: text, count: count)))
    }
    return arguments
  }

  /// What must be set before the first thread starts: signals wait for the thread that handles them,
  /// and the allocator gives memory back.
  public static func prepareProcess() {
    clinux_cap_malloc(2)
    Interruption.prepare()
    raiseDescriptorLimit()
  }

  // A scan holds some hundred folders and files open, a server its connections; the usual soft limit
  // of 1,024 is there for programs that use select(2).
  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(CInt(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, 65_536)
    unsafe setrlimit(CInt(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// Runs the command while this thread waits. For a plain thread, never a task.
  public static func runAndWait(_ typed: [[UInt8]]) -> ExitCode {
    let done = DispatchSemaphore(value: 0)
    let code = Locked(ExitCode.fatal)
    Task.detached {
      let result = await run(typed)
      code.withLock { $0 = result }
      done.signal()
    }
    done.wait()
    return code.withLock { $0 }
  }

  /// Runs the command and says how it ended.
  public static func run(_ typed: [[UInt8]]) async -> ExitCode {
    await run(typed, console: .standard)
  }

  static func run(_ typed: [[UInt8]], console: Console) async -> ExitCode {
    guard let first = typed.first.map({ String(decoding: $0, as: UTF8.self) }) else {
      console.note("a command is needed; `albumen --help` lists them")
      return .usage
    }
    switch first {
    case "--help", "-h":
      console.print(Help.overview)
      return .success
    case "help":
      return help(Array(typed.dropFirst()), console)
    case "--version":
      console.print("albumen \(version)")
      return .success
    default: break
    }
    do {
      let (command, spelling, rest) = try CommandList.find(in: typed)
      if rest.prefix(while: { $0 != Array("--".utf8) })
        .contains(where: { $0 == Array("--help".utf8) || $0 == Array("-h".utf8) })
      {
        console.print(Help.text(for: command, spelled: spelling))
        return .success
      }
      do {
        let arguments = try Arguments(rest, options: command.allOptions)
        return try await command.run(arguments, console)
      } catch let error as UsageError {
        console.note("\(error); see `albumen \(spelling) --help`")
        return .usage
      }
    } catch let error as UsageError {
      console.note("\(error)")
      return .usage
    } catch let failure as CommandFailure {
      console.note("\(failure)")
      return failure.exitCode
    } catch is CancellationError {
      return .interrupted
    } catch {
      console.note("\(error)")
      return .fatal
    }
  }

  private static func help(_ names: [[UInt8]], _ console: Console) -> ExitCode {
    if names.isEmpty {
      console.print(Help.overview)
      return .success
    }
    do {
      let (command, spelling, _) = try CommandList.find(in: names)
      console.print(Help.text(for: command, spelled: spelling))
      return .success
    } catch {
      console.note("\(error)")
      return .usage
    }
  }
}
