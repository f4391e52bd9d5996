import Catalog
import Glibc
import Media
import MemoryBudget
import Platform

/// `insert DIRECTORY COUNT` fills a new catalog; `pages DIRECTORY` makes snapshots of one and reads
/// pages from it; `edits DIRECTORY` changes the tags of all its assets. All print one line of JSON.
let arguments = Array(CommandLine.arguments.dropFirst())
let budget = MemoryBudget(byteLimit: 512 << 20)

if arguments.count == 3, arguments[0] == "insert", let count = Int(arguments[2]), count > 0 {
  try await Inserts(count: count).run(in: FilePath(arguments[1]))
} else if arguments.count == 2, arguments[0] == "pages" {
  try await Pages().run(in: FilePath(arguments[1]))
} else if arguments.count == 2, arguments[0] == "edits" {
  try await Edits().run(in: FilePath(arguments[1]))
} else {
  print("usage: catalog-benchmark insert DIRECTORY COUNT | pages DIRECTORY | edits DIRECTORY")
  exit(2)
}

/// Prints numbers by name.
func report(_ members: [(String, Double)]) {
  let body = members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
  print("{\(body)}")
}

/// Seconds of processor time of the whole process so far.
func processorSeconds() -> Double {
  var time = timespec()
  unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
