import Glibc
import Platform

/// `policies [FILE]` prints the hit rates and writes them to FILE; `speed` prints nanoseconds a call.
let arguments = CommandLine.arguments.dropFirst()

switch arguments.first {
case "policies":
  let text = PolicyTable().markdown
  print(text)
  if let path = arguments.dropFirst().first {
    let file = try FileDescriptor.open(
      FilePath(path), flags: O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o644)
    try file.write(Array(text.utf8))
  }
case "speed": try await Speed.report()
default:
  print("usage: memory-budget-benchmark policies [FILE] | speed")
  exit(2)
}
