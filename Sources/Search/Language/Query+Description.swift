extension Query: CustomStringConvertible {
  /// The query as canonical text: what is parsed from it is this query's `canonical`, whatever the clock
  /// says, for every query that was parsed (unless its text was so long that what it is escaped with goes
  /// beyond the limit). Empty for everything.
  package var description: String {
    var parts: [String] = []
    let expression = expression.canonical
    if expression != .everything { parts.append(expression.description) }
    if let order { parts.append(order.description) }
    if let limit { parts.append("limit:\(limit)") }
    return parts.joined(separator: " ")
  }
}

extension Query.Order: CustomStringConvertible {
  /// `order:size_asc`.
  package var description: String {
    switch field {
    case .random: "order:random:\(seed)"
    case .new: isAscending ? "order:old" : "order:new"
    default:
      "order:\(field.rawValue)"
        + (isAscending == field.isAscendingByDefault ? "" : isAscending ? "_asc" : "_desc")
    }
  }
}

extension Expression: CustomStringConvertible {
  /// The expression as canonical text; `()` for everything.
  package var description: String {
    var writer = ExpressionWriter()
    writer.write(canonical, inside: .alternatives)
    return writer.text
  }
}

/// Writes expressions in the form that `canonical` gives.
private struct ExpressionWriter {
  /// What an expression stands in, from loose to tight.
  enum Place {
    /// Between `or`s, or alone.
    case alternatives
    /// Beside other terms.
    case sequence
    /// Behind a sign, or one of a list.
    case term
  }

  var text = ""

  mutating func write(_ expression: Expression, inside place: Place) {
    switch expression {
    case .everything: text += "()"
    case .and(let members):
      list(members, separator: " ", each: .sequence, inParentheses: place == .term)
    case .or(let members):
      list(members, separator: " or ", each: .alternatives, inParentheses: place != .alternatives)
    case .not(let inner):
      text += "-"
      write(inner, inside: .term)
    case .atLeast(let count, let members):
      text += "any:\(count)"
      list(members, separator: " ", each: .term, inParentheses: true)
    case .tag(let pattern, let category): text += WordWriter.tag(pattern, category: category)
    case .text(let content): text += WordWriter.quoted(content)
    case .range(let field, let lower, let upper):
      text += RangeWriter(field: field).text(lower: lower, upper: upper)
    case .values(let field, let patterns):
      text += "\(field.rawValue):"
      text += patterns.map(WordWriter.value).joined(separator: ",")
    case .flag(let flag): text += (flag.isPossession ? "has:" : "is:") + flag.rawValue
    case .near(let latitude, let longitude, let kilometres):
      text += "near:\(latitude),\(longitude),\(kilometres)"
    case .similar(let asset): text += "similar:\(asset)"
    }
  }

  private mutating func list(
    _ members: [Expression], separator: String, each: Place, inParentheses: Bool
  ) {
    if inParentheses { text += "(" }
    for (index, member) in members.enumerated() {
      if index > 0 { text += separator }
      write(member, inside: each)
    }
    if inParentheses { text += ")" }
  }
}
