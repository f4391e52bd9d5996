/// Reads words that are tags.
struct WordReader {
  let text: QueryBytes

  init(_ text: QueryBytes) { self.text = text }

  /// `name`, `na*me` or `category:name`.
  func tag(_ word: Range<Int>) throws(QueryError) -> Expression {
    try refuseForeignSyntax(word)
    if let colon = text.firstColon(in: word), colon + 1 < word.upperBound,
      let category = text.pattern(word.lowerBound..<colon)?.literal,
      let name = text.pattern(colon + 1..<word.upperBound)
    {
      try refuseComparison(word, colon: colon, name: category)
      return .tag(name, category: category)
    }
    return .tag(try pattern(word), category: nil)
  }

  /// The pattern in a range that must have one.
  func pattern(_ range: Range<Int>) throws(QueryError) -> NamePattern {
    guard let pattern = text.pattern(range) else {
      throw QueryError("A name is missing here.", at: range)
    }
    return pattern
  }

  /// `widht:>100` is no tag but a field with a mistake in its name.
  private func refuseComparison(
    _ word: Range<Int>, colon: Int, name: String
  ) throws(QueryError) {
    let first = text[colon + 1]
    guard first == .less || first == .greater else { return }
    let numbers = QueryField.all.filter { if case .number = $0.kind { true } else { false } }
    let nearest = EditDistance.suggestions(
      for: text.lowercased(word.lowerBound..<colon), among: numbers.map(\.name))
    throw QueryError(
      "There is no field \(name) that could be compared; for the character itself write "
        + "\\\(text.text(colon + 1..<colon + 2)).",
      at: word.lowerBound..<colon, suggestions: nearest)
  }

  /// What other languages have and this one writes differently. None of these can be meant as a tag but
  /// by who knows to escape it.
  private func refuseForeignSyntax(_ word: Range<Int>) throws(QueryError) {
    switch text.text(word) {
    case "|", "||":
      throw QueryError(
        "Write or between two terms; for a tag of that name write \\\(text.text(word)).", at: word,
        suggestions: ["or"])
    case "&", "&&":
      throw QueryError(
        "Terms that follow each other are all wanted; for a tag of that name write "
          + "\\\(text.text(word)).",
        at: word, suggestions: ["and"])
    default: break
    }
    if word.count > 1, text[word.lowerBound] == .slash, text[word.upperBound - 1] == .slash {
      throw QueryError(
        "This looks like a regular expression, which there are none; * stands for any characters. "
          + "For a tag of that name write \\/ first.",
        at: word)
    }
  }
}
