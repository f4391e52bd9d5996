/// How many letters two words differ by.
enum EditDistance {
  /// Letters left out, put in, exchanged, or swapped with their neighbour (optimal string alignment);
  /// nil when there are more than `limit` of them.
  ///
  /// - Complexity: O(limit × length).
  static func between(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
    guard abs(left.count - right.count) <= limit else { return nil }
    let tooMany = limit + 1
    var beforeLast: [Int] = []
    var last = (0...right.count).map { min($0, tooMany) }
    for row in 0..<left.count {
      var current = [Int](repeating: tooMany, count: right.count + 1)
      if row < limit { current[0] = row + 1 }
      var least = current[0]
      // Only what lies this near to the diagonal can stay within the limit.
      let columns = max(0, row - limit)..<min(right.count, row + limit + 1)
      for column in columns {
        var cost = last[column] + (left[row] == right[column] ? 0 : 1)
        cost = min(cost, last[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforeLast[column - 1] + 1)
        }
        current[column + 1] = min(cost, tooMany)
        least = min(least, cost)
      }
      if least > limit { return nil }
      (beforeLast, last) = (last, current)
    }
    return last[right.count] <= limit ? last[right.count] : nil
  }

  /// Which of a few words was perhaps meant: at most three, the nearest first.
  static func suggestions(for word: String, among words: [String]) -> [String] {
    let typed = Array(word.utf8)
    guard !typed.isEmpty, typed.count <= 32 else { return [] }
    // A short word is near to every other short one.
    let limit = typed.count <= 3 ? 1 : 2
    let rated = words.compactMap { candidate -> (distance: Int, word: String)? in
      let letters = Array(candidate.utf8)
      if let distance = between(typed, letters, limit: limit) { return (distance, candidate) }
      return letters.starts(with: typed) ? (limit + 1, candidate) : nil
    }
    // Sorted by a stable order, so words of the same distance stay as they are listed.
    return rated.enumerated()
      .sorted { ($0.element.distance, $0.offset) < ($1.element.distance, $1.offset) }
      .prefix(3).map(\.element.word)
  }
}
