import Glibc
import MemoryBudget
import Platform
import Search

/// `make|queries|times|memory|load|batch|complete|facets DIRECTORY ASSETS TAGS [QUERIES]`: prints one line
/// of JSON. `count WORK N TAGS` does something N times, whose instructions are counted.
let arguments = Array(CommandLine.arguments.dropFirst())
let budget = MemoryBudget(byteLimit: 1 << 30)
if arguments.first == "count" {
  try count(Array(arguments.dropFirst()))
  exit(0)
}
guard arguments.count >= 4, let assetCount = Int(arguments[2]), assetCount > 0,
  let tagCount = Int(arguments[3]), tagCount > 0
else {
  print(
    "usage: search-benchmark make|queries|times|memory|load|batch DIRECTORY ASSETS TAGS [QUERIES]")
  exit(2)
}
let directory = FilePath(arguments[1])
let data = Data(assetCount: assetCount, tagCount: tagCount)
let questionCount = arguments.count > 4 ? Int(arguments[4]) ?? 2000 : 2000
let path = directory.appending("search.index")

/// Names asked for something, or a query read, so many times.
func count(_ words: [String]) throws {
  guard words.count == 3, let times = Int(words[1]), let tagCount = Int(words[2]) else {
    print("usage: search-benchmark count begin|inside|nowhere|like|pattern|query N TAGS")
    exit(2)
  }
  let clock = QueryClock(utcMilliseconds: 1_715_953_530_250)
  let text =
    "cat_ears (dog or bird*) -artist:bob taken:2024-05..2024-06 width:>=3000 order:size_asc"
  let names = try makeNames(words[0] == "query" ? 1 : tagCount, budget: budget)
  for _ in 0..<times {
    if words[0] == "query" {
      _ = try Query(parsing: text, clock: clock)
    } else if ask(names, words[0]) == nil {
      print("nothing called \(words[0]) is counted")
      exit(2)
    }
  }
}

func build() throws -> SearchIndex {
  let builder = IndexBuilder(budget: budget)
  try data.forEach { row, tags in try builder.append(row, tags: tags) }
  return try builder.finish()
}

func load() throws -> SearchIndex {
  try IndexFile.load(from: path, changeNumber: nil, budget: budget)
}

func memory() throws -> Double {
  Double(try ProcessMemory.pss(of: getpid())) / Double(1 << 20)
}

switch arguments[0] {
case "make":
  // Apart, so that the others start with a process that has done nothing yet.
  var index: SearchIndex?
  let built = try seconds { index = try build() }
  if let index { try IndexFile.save(index, to: path) }
  report([("buildSeconds", built)])
case "memory":
  let questions = Questions.make(questionCount, data)
  let before = try memory()
  let index = try load()
  let loaded = try memory()
  for question in questions {
    _ = try index.page(index.evaluate(question.node), order: question.order, range: 0..<200)
  }
  let queried = try memory()
  report([
    ("beforeMiB", before), ("loadedMiB", loaded - before), ("queriedMiB", queried - before),
    ("chargedMiB", Double(index.byteCount) / Double(1 << 20)),
    ("pssMiB", queried - before),
  ])
case "load":
  var index: SearchIndex?
  let time = try seconds { index = try load() }
  report([("seconds", time), ("assets", Double(index?.assetCount ?? 0))])
case "batch":
  let index = try load()
  let some = (0..<min(100_000, assetCount / 2)).map { UInt32($0 * 2 + 1) }
  let changes = [5, 50, 500, 5000, 50_000].map {
    TagChange(tag: data.tag(rank: min($0, tagCount)), added: some)
  }
  let time = try seconds { try index.apply(changes) }
  let back = try seconds {
    try index.apply(changes.map { TagChange(tag: $0.tag, removed: $0.added) })
  }
  report([("seconds", time), ("removingSeconds", back), ("pairs", Double(some.count * 5))])
case "complete": try Typing(budget: budget).complete(tagCount, questionCount)
case "facets": try Typing(budget: budget).facets(load(), data, questionCount / 10)
case "times":
  try Comparison.time(load(), Questions.make(questionCount, data), tagCount: tagCount)
case "queries": try Comparison(data, load(), directory).run(Questions.make(questionCount, data))
default:
  print("no benchmark is called \(arguments[0])")
  exit(2)
}
