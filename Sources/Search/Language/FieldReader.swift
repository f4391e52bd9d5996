import Media

/// Reads a field's values: what stands behind the colon of `width:>=3000`.
struct FieldReader {
  let text: QueryBytes
  let clock: QueryClock
  let field: QueryField
  /// The whole word.
  let word: Range<Int>
  let colon: Int

  private var values: Range<Int> { colon + 1..<word.upperBound }

  /// What a field finds; `order:` and `limit:` find nothing and are read by themselves.
  func expression() throws(QueryError) -> Expression {
    guard !values.isEmpty else { throw missingValue }
    switch field.kind {
    case .tag: return .tag(try WordReader(text).pattern(values), category: nil)
    case .number(let number): return try numbers(number)
    case .names(let name): return .values(name, try names(name))
    case .flag:
      return .any(try words().compactMap { FlagField(rawValue: $0).map(Expression.flag) })
    case .yesOrNo(let flag):
      return .any(try words().map { $0 == "yes" ? .flag(flag) : .not(.flag(flag)) })
    case .near: return try near()
    case .similar: return try similar()
    case .any:
      throw QueryError(
        "any: wants a list in parentheses: any:2(a b c).", at: word,
        suggestions: ["any:2(a b c)"])
    case .order, .limit: preconditionFailure("read by order() and limit()")
    }
  }

  /// `order:size_asc`, `order:random:7`.
  func order() throws(QueryError) -> Query.Order {
    guard !values.isEmpty else { throw missingValue }
    let said = text.lowercased(values)
    if said == OrderField.random.rawValue {
      // Another shuffle every time it is asked; the canonical text says which.
      return .init(.random, isAscending: true, seed: UInt64(bitPattern: clock.utcMilliseconds))
    }
    if said.hasPrefix("random:") {
      guard let seed = UInt64(said.dropFirst("random:".count)) else {
        throw QueryError(
          "order:random: wants a number such as 7.", at: colon + 8..<word.upperBound)
      }
      return .init(.random, isAscending: true, seed: seed)
    }
    var name = said
    var isAscending: Bool?
    for (ending, direction) in [("_asc", true), ("_desc", false)] where said.hasSuffix(ending) {
      name = String(said.dropLast(ending.count))
      isAscending = direction
    }
    name = FieldWords.synonym(name, of: .order) ?? name
    if name == "old" { return .init(.new, isAscending: isAscending ?? true) }
    guard let order = OrderField(rawValue: name), order != .random else {
      throw unknownWord(name, values)
    }
    return .init(order, isAscending: isAscending ?? order.isAscendingByDefault)
  }

  /// `limit:100`.
  func limit() throws(QueryError) -> Int {
    guard let limit = Int(text.text(values)), (1...QueryLimits.resultCount).contains(limit) else {
      throw QueryError(
        "limit: wants a number from 1 to \(QueryLimits.resultCount).", at: rangeOfValues)
    }
    return limit
  }

  // MARK: Names

  private func names(_ name: NameField) throws(QueryError) -> [NamePattern] {
    if name.takesWordsOnly { return try words().map { NamePattern($0) } }
    var patterns: [NamePattern] = []
    for item in text.items(in: values) { patterns.append(try WordReader(text).pattern(item)) }
    return patterns
  }

  /// The values as words of the field; a pattern stands for all the words it fits.
  private func words() throws(QueryError) -> [String] {
    var found: [String] = []
    for item in text.items(in: values) {
      guard let pattern = text.pattern(item) else { throw missingValue(item) }
      if let literal = pattern.literal {
        let word = literal.lowercased()
        if field.words.contains(word) {
          found.append(word)
        } else if let synonym = FieldWords.synonym(word, of: field.kind) {
          found.append(synonym)
        } else {
          throw unknownWord(word, item)
        }
        continue
      }
      let matching = field.words.filter { $0 != "none" && pattern.matchesASCII($0) }
      guard !matching.isEmpty else { throw unknownWord(text.lowercased(item), item) }
      found += matching
    }
    return found
  }

  private func unknownWord(_ word: String, _ range: Range<Int>) -> QueryError {
    let nearest = EditDistance.suggestions(for: word, among: field.words)
    if case .flag(let isPossession) = field.kind,
      let flag = FlagField(rawValue: word), flag.isPossession != isPossession
    {
      let other = isPossession ? "is" : "has"
      return QueryError(
        "\(word) stands after \(other): and not after \(field.name):.", at: self.word,
        suggestions: ["\(other):\(word)"])
    }
    return QueryError(
      "\(field.name): does not know \(word); it takes \(field.words.joined(separator: ", ")).",
      at: range, suggestions: nearest)
  }

  private var missingValue: QueryError { missingValue(word) }

  private func missingValue(_ range: Range<Int>) -> QueryError {
    QueryError(
      "\(field.name): wants a value, as in \(field.example); for a tag of that name write "
        + "\(field.name)\\:.",
      at: range,
      suggestions: field.words.prefix(3).map { range == word ? "\(field.name):\($0)" : $0 }
    )
  }

  private var rangeOfValues: Range<Int> { values.isEmpty ? word : values }

  // MARK: Places and pictures

  private func near() throws(QueryError) -> Expression {
    let items = text.items(in: values)
    let problem = QueryError(
      "near: wants latitude, longitude and kilometres, as in near:41.9,12.5,10.", at: values)
    guard items.count == 3 else { throw problem }
    var last = text.lowercased(items[2])
    if last.hasSuffix("km") { last.removeLast(2) }
    guard let latitude = number(text.text(items[0])), let longitude = number(text.text(items[1])),
      let kilometres = number(last)
    else { throw problem }
    guard abs(latitude) <= 90 else {
      throw QueryError("A latitude goes from -90 to 90.", at: items[0])
    }
    guard abs(longitude) <= 180 else {
      throw QueryError("A longitude goes from -180 to 180.", at: items[1])
    }
    // Half way around the globe is everywhere.
    guard kilometres > 0, kilometres <= 20_100 else {
      throw QueryError("A distance is more than 0 and at most 20100 kilometres.", at: items[2])
    }
    return .near(latitude: latitude, longitude: longitude, kilometres: kilometres)
  }

  /// Digits, sign, point and exponent only: `Double` would take hexadecimal, `inf` and `nan` too.
  private func number(_ text: String) -> Double? {
    guard text.utf8.count <= 40,
      text.utf8.allSatisfy({ $0.isDigit || [0x2B, .minus, .dot, 0x65].contains($0) })
    else { return nil }
    return Double(text).flatMap { $0.isFinite ? $0 : nil }
  }

  private func similar() throws(QueryError) -> Expression {
    guard let number = Int64(text.text(values)), number > 0, text[values.lowerBound].isDigit else {
      throw QueryError("similar: wants the number of a picture, as in similar:123.", at: values)
    }
    return .similar(AssetID(rawValue: number))
  }
}

extension NameField {
  /// Whether its values are some words of the language.
  var takesWordsOnly: Bool { self == .rating || self == .type }
}

extension NamePattern {
  /// Whether a word in small ASCII letters fits.
  func matchesASCII(_ word: String) -> Bool {
    WildcardMatcher(
      pieces: pieces.map { piece in
        if case .literal(let text) = piece { Array(text.lowercased().utf8) } else { nil }
      }
    ).matches(Array(word.utf8))
  }
}
