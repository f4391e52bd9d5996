import Glibc
import Platform

/// `policies [FILE]` prints the hit rates and writes them to FILE; `rates SEEDS` prints their means over
/// so many seeds as a line of JSON; `speed` prints nanoseconds a call.
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
case "rates":
  guard let count = arguments.dropFirst().first.flatMap({ UInt64($0) }), count > 0 else {
    print("rates takes a number of seeds")
    exit(2)
  }
  print(PolicyTable(seeds: Array(1...count)).meansJSON)
case "speed": try await Speed.report()
default:
  print("usage: memory-budget-benchmark policies [FILE] | rates SEEDS | speed")
  exit(2)
}
