/// What was typed makes no sense: exit code 2, and how to type it.
struct UsageError: Error, CustomStringConvertible, Equatable {
  let description: String

  init(_ description: String) { self.description = description }

  /// The candidate nearest to what was typed, when it is near enough to be meant.
  static func nearest(to typed: String, in candidates: [String]) -> String? {
    candidates
      .map { (word: $0, distance: editDistance(typed, $0)) }
      .filter { $0.distance <= max(1, typed.count / 3) }
      .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
  }

  // Levenshtein's distance, one row at a time; the words are a dozen letters long.
  private static func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var row = Array(0...right.count)
    for (leftIndex, leftLetter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = leftIndex + 1
      for (rightIndex, rightLetter) in right.enumerated() {
        let substituted = diagonal + (leftLetter == rightLetter ? 0 : 1)
        diagonal = row[rightIndex + 1]
        row[rightIndex + 1] = min(substituted, row[rightIndex] + 1, diagonal + 1)
      }
    }
    return row[right.count]
  }
}
