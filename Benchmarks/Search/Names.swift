import Catalog
import MemoryBudget
import Search

/// Names of tags as a large booru has them: of one to five words, 20 bytes on average, some in other
/// scripts, one in a thousand as long as a name may be.
func makeNames(_ tagCount: Int, budget: MemoryBudget) throws -> TagNames {
  let names = TagNames(budget: budget)
  var numbers = Numbers(7)
  var known: Set<String> = []
  var tag: UInt32 = 0
  while tag < tagCount {
    var key = word(&numbers)
    for _ in 0..<numbers.below(5) { key += "_" + word(&numbers) }
    if tag % 1000 == 999 { key += String(repeating: "_long", count: 50) }
    while key.utf8.count > TagName.byteLimit { key.removeLast() }
    guard key.last != "_", known.insert(key).inserted else { continue }
    tag += 1
    try names.appendUnsorted(
      TagName(storedText: key, key: key), tag: tag, category: UInt16(numbers.below(7)))
  }
  try names.settle()
  return names
}

/// What people type on their way to a name.
func typedTexts(_ count: Int) -> [String] {
  var numbers = Numbers(8)
  return (0..<count).map { _ in
    var text = word(&numbers)
    if numbers.below(3) == 0 { text += "_" + word(&numbers) }
    return String(text.prefix(1 + numbers.below(6)))
  }
}

private func word(_ numbers: inout Numbers) -> String {
  let syllables = [
    "ka", "mi", "sho", "ran", "bel", "cat", "dor", "eye", "fu", "gre", "hat", "in", "jo", "ler",
    "mon", "na", "ora", "pel", "quo", "ri", "sun", "ta", "ul", "ver", "wo", "xi", "yel", "zu",
    "東", "é", "за",
  ]
  var word = ""
  for _ in 0...(1 + numbers.below(3)) { word += syllables[numbers.below(syllables.count)] }
  return word
}

/// One of the things that are asked of names, for counting its instructions.
func ask(_ names: TagNames, _ work: String) -> Int? {
  // Frequent tags are few.
  let count = { (tag: UInt32) in 1_000_000 / Int(tag) }
  return switch work {
  case "begin": names.completions(of: "ca", limit: 20, count: count).count
  case "inside": names.completions(of: "tsu", limit: 100, count: count).count
  case "nowhere": names.completions(of: "qqqq", limit: 20, count: count).count
  case "like": names.names(like: "catsun_ranbl", limit: 3, count: count).count
  case "pattern":
    names.tags(matching: NamePattern([.anything, .literal("sunta"), .anything])).count
  default: nil
  }
}
