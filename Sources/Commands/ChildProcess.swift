import CLinux
import Glibc
import Platform

/// A short-lived program of our own, run for what it prints.
enum ChildProcess {
  /// Runs an executable and reads its standard output, at most 1 MiB. Blocks.
  ///
  /// - Returns: the exit status (127 when it could not be started, 128 + signal when one ended it)
  ///   and the output.
  static func run(_ executable: FilePath, _ words: [String]) throws -> (Int32, String) {
    var ends: [CInt] = [0, 0]
    guard unsafe clinux_pipe(&ends) == 0 else { throw SystemError.last("pipe2") }
    let reading = FileDescriptor(takingOwnershipOf: ends[0])
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe []
    for word in [executable.description] + words { unsafe arguments.append(strdup(word)) }
    unsafe arguments.append(nil)
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var child = pid_t()
    let code = unsafe executable.withCString { path in
      unsafe posix_spawn(&child, path, &actions, nil, arguments, environ)
    }
    close(ends[1])
    guard code == 0 else { return (127, "") }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while output.count < 1 << 20 {
      let raw = reading.rawValue
      let count = unsafe read(raw, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      output += chunk.prefix(count)
    }
    var status: CInt = 0
    while unsafe waitpid(child, &status, 0) < 0 && errno == EINTR {}
    let exit = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    return (exit, String(decoding: output, as: UTF8.self))
  }
}
