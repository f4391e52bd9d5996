/// How many letters words differ from one word by: letters left out, put in, exchanged, or swapped with
/// their neighbour (optimal string alignment). Letters are bytes of UTF-8.
struct EditDistance {
  private let word: [UInt8]
  private let limit: Int
  // Three rows of the table, used again for every word.
  private var beforeLast: [Int]
  private var last: [Int]
  private var current: [Int]

  /// More than `limit` differences are not counted.
  init(to word: [UInt8], limit: Int) {
    self.word = word
    self.limit = limit
    beforeLast = [Int](repeating: 0, count: word.count + 1)
    last = beforeLast
    current = beforeLast
  }

  /// The differences from another word; nil when there are more than the limit.
  ///
  /// - Complexity: O(limit × length).
  mutating func from(_ other: Span<UInt8>) -> Int? {
    guard abs(other.count - word.count) <= limit else { return nil }
    let tooMany = limit + 1
    for column in last.indices { last[column] = min(column, tooMany) }
    for row in 0..<other.count {
      current[0] = min(row + 1, tooMany)
      var least = current[0]
      // Only what lies this near to the diagonal can stay within the limit.
      let first = max(0, row - limit)
      let end = min(word.count, row + limit + 1)
      if first > 0 { current[first] = tooMany }
      for column in first..<end {
        var cost = last[column] + (other[row] == word[column] ? 0 : 1)
        cost = min(cost, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, other[row] == word[column - 1], other[row - 1] == word[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current[column + 1] = min(cost, tooMany)
        least = min(least, current[column + 1])
      }
      // The next row looks one further than this one went.
      if end < word.count { current[end + 1] = tooMany }
      if least > limit { return nil }
      (beforeLast, last, current) = (last, current, beforeLast)
    }
    return last[word.count] <= limit ? last[word.count] : nil
  }

  /// Which of a few words was perhaps meant: at most three, the nearest first.
  static func suggestions(for word: String, among words: [String]) -> [String] {
    let typed = Array(word.utf8)
    guard !typed.isEmpty, typed.count <= 32 else { return [] }
    // A short word is near to every other short one.
    let limit = typed.count <= 3 ? 1 : 2
    var distance = EditDistance(to: typed, limit: limit)
    var rated: [(distance: Int, place: Int)] = []
    for (place, candidate) in words.enumerated() {
      let letters = Array(candidate.utf8)
      if let edits = distance.from(letters.span) {
        rated.append((edits, place))
      } else if letters.starts(with: typed) {
        rated.append((limit + 1, place))
      }
    }
    return rated.sorted { $0 < $1 }.prefix(3).map { words[$0.place] }
  }
}
