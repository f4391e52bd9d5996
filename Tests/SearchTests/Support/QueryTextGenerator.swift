import Search
import TestSupport

/// Writes queries as people do, with everything the language has, about what is in an `OracleLibrary`.
/// Every text it writes means something.
struct QueryTextGenerator {
  var random: SeededGenerator
  private let library: OracleLibrary
  /// Whether it asks for what only a catalog knows: texts, paths, folders, albums, sources, likeness.
  private let asksCatalog: Bool

  init(_ library: OracleLibrary, seed: UInt64, asksCatalog: Bool) {
    self.library = library
    self.asksCatalog = asksCatalog
    random = SeededGenerator(seed: seed)
  }

  mutating func text() -> String {
    var words = [alternatives(depth: Int.random(in: 0...3, using: &random))]
    if chance(5) { words.append(global()) }
    if chance(8) { words.insert("limit:\(Int.random(in: 1...50, using: &random))", at: 0) }
    return words.joined(separator: one([" ", " ", "  ", "\t", "\u{3000}", "\n"]))
  }

  private mutating func global() -> String {
    let field = one(["new", "old", "taken", "name", "size", "mp", "stars", "tagcount", "album"])
    return one(["order:", "Order:"])
      + (chance(5)
        ? "random:\(Int.random(in: 0...99, using: &random))" : field + one(["", "_asc", "_DESC"]))
  }

  private mutating func alternatives(depth: Int) -> String {
    (0..<one([1, 1, 1, 2, 3])).map { _ in sequence(depth: depth) }
      .joined(separator: one([" or ", " OR ", "\u{A0}or "]))
  }

  private mutating func sequence(depth: Int) -> String {
    let hasOptional = chance(5)
    return (0..<one([1, 1, 2, 2, 3])).map { _ in
      (hasOptional && chance(2) ? "~" : "") + one(["", "", "", "-", "--"]) + primary(depth: depth)
    }.joined(separator: one([" ", " ", " ", " and "]))
  }

  private mutating func primary(depth: Int) -> String {
    if depth > 0, chance(3) { return "(" + alternatives(depth: depth - 1) + one([")", " )"]) }
    if depth > 0, chance(8) {
      let terms = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        one(["", "-"]) + primary(depth: depth - 1)
      }
      let least = Int.random(in: 1...terms.count, using: &random)
      return "any:\(least == 1 && chance(2) ? "" : String(least))(" + terms.joined(separator: " ")
        + ")"
    }
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<9: return tag()
    case 9..<14: return number()
    case 14, 15: return flag()
    case 16, 17: return names()
    case 18: return near()
    default:
      if asksCatalog, chance(2) {
        return chance(2) ? "\"" + one(["img", "SCAN (", "a*b", "zzz"]) + "\"" : "()"
      }
      return chance(30) ? "()" : tag()
    }
  }

  // MARK: Tags

  private mutating func tag() -> String {
    if chance(12) { return one(["nosuchtag", "other:tag", "*", "a", "*zzz*", "artist:cat"]) }
    let tag = library.tags.randomElement(using: &random) ?? library.tags[0]
    var name = ([tag.name] + tag.aliases).randomElement(using: &random) ?? tag.name
    name = one([name, name, name.uppercased(), name.lowercased()])
    if chance(4) { return quotedOr(name, prefix: "tag:") }
    let category = library.categories.first { $0.id == tag.category }?.name ?? ""
    let prefix =
      chance(4) ? one([category, category.uppercased()]).replacing(" ", with: "_") + ":" : ""
    if !prefix.isEmpty, chance(3) { return quotedOr(name, prefix: prefix) }
    return prefix + (chance(3) ? pattern(of: name) : escaped(name))
  }

  /// In quotes, or with escapes behind the prefix.
  private mutating func quotedOr(_ name: String, prefix: String) -> String {
    chance(3)
      ? prefix + escaped(name)
      : prefix + "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// A name as a word: what means something with an escape, and at random others.
  private mutating func escaped(_ name: String) -> String {
    if name.lowercased() == "or" { return "\\" + name }
    var word = ""
    for character in name.unicodeScalars {
      if " -~:*\\\"(),<>".unicodeScalars.contains(character) || chance(20) { word += "\\" }
      word.unicodeScalars.append(character)
    }
    return word
  }

  private mutating func pattern(of name: String) -> String {
    let characters = Array(name.unicodeScalars)
    let cut = Int.random(in: 0...characters.count, using: &random)
    func text(_ part: ArraySlice<Unicode.Scalar>) -> String {
      var text = ""
      text.unicodeScalars.append(contentsOf: part)
      return text
    }
    let (front, back) = (text(characters[..<cut]), text(characters[cut...]))
    return one([
      escaped(front) + "*", "*" + escaped(back), escaped(front) + "*" + escaped(back),
      "*" + escaped(front) + "*",
    ])
  }

  // MARK: Fields

  private mutating func number() -> String {
    let field = NumberField.allCases.randomElement(using: &random) ?? .width
    let name = one([field.rawValue, field.rawValue, field.rawValue.uppercased()])
    return name + ":" + (0..<one([1, 1, 1, 2, 3])).map { _ in range(field) }.joined(separator: ",")
  }

  private mutating func range(_ field: NumberField) -> String {
    let (first, second) = (value(field), value(field))
    let (low, high) = first.1 <= second.1 ? (first.0, second.0) : (second.0, first.0)
    if field == .taken || field == .added, chance(4) {
      return one(["today", "yesterday", "last:30d", "last:2y", "last:5mo", "2023..", "last:90min"])
    }
    return switch Int.random(in: 0..<12, using: &random) {
    case 0: "*"
    case 1: ">" + first.0
    case 2: ">=" + first.0
    case 3: "<" + first.0
    case 4: "<=" + first.0
    case 5: first.0 + ".."
    case 6: ".." + first.0
    case 7, 8: low + ".." + high
    case 9: "=" + first.0
    default: first.0
    }
  }

  /// A value as it is typed, and about how large it is.
  private mutating func value(_ field: NumberField) -> (String, Double) {
    func one(_ values: [(String, Double)]) -> (String, Double) {
      values.randomElement(using: &random) ?? ("0", 0)
    }
    switch field {
    case .ratio:
      return one([("16:9", 1.78), ("1.5", 1.5), ("1", 1), ("4:3", 1.33), ("0.5625", 0.5625)])
    case .mp: return one([("12", 12), ("2.07", 2.07), ("0.5", 0.5), ("24mp", 24)])
    case .size:
      return one([
        ("1kb", 1e3), ("1mib", 1.05e6), ("10MB", 1e7), ("1.5gib", 1.6e9), ("512000", 5.12e5),
      ])
    case .duration:
      return one([
        ("90s", 90), ("1:30", 90), ("2m", 120), ("500ms", 0.5), ("1:02:03.5", 3723.5), ("90", 90),
      ])
    case .aperture:
      return one([("2.8", 2.8), ("1.8", 1.8), ("4", 4), ("5.6", 5.6), ("2.84", 2.84)])
    case .focal: return one([("50", 50), ("24mm", 24), ("70", 70)])
    case .taken, .added:
      let moment = Double(OracleLibrary.number(field, &random))
      // The day and the month of it, from the parts of a date.
      let days = Int(moment / 86_400_000) - 18_262
      let (year, month) = (2020 + days / 366, 1 + days % 366 / 31)
      let text = "\(year)-" + (month < 10 ? "0" : "") + "\(month)"
      return one([
        (text, Double(year * 100 + month)), (text + "-15T10:30", Double(year * 100 + month) + 0.5),
      ])
    default:
      let number = OracleLibrary.number(field, &random)
      return (String(number), Double(number))
    }
  }

  private mutating func flag() -> String {
    if chance(4) { return one(["fav:yes", "FAV:no", "gps:yes", "gps:no"]) }
    let flag = FlagField.allCases.randomElement(using: &random) ?? .video
    let other = FlagField.allCases.filter { $0.isPossession == flag.isPossession }
      .randomElement(using: &random)
    return (flag.isPossession ? "has:" : one(["is:", "IS:"])) + flag.rawValue
      + (chance(4) ? ",\(other?.rawValue ?? "")" : "")
  }

  private mutating func names() -> String {
    var fields: [(String, [String])] = [
      ("rating", ["g", "explicit", "NONE", "sensitive,q", "*e*"]),
      ("type", ["jpeg", "video", "image", "png,mp4", "j*", "raw"]),
      ("camera", ["canon", "*5d", "*", "\"z 6, ii\"", "nikon\\ *", "pixel\\ 8", "sony"]),
      ("lens", ["50mm", "\"(old)\"", "*f2.8*", "EF*", "rf,nikkor"]),
      ("ext", ["jpg", "JPG,png", "*", "t*", "mp4"]),
    ]
    if asksCatalog {
      fields += [
        ("folder", ["2024", "2024/rome", "\"my pictures\"", "2024*", "x\\,y", "*"]),
        ("path", ["rome", "2024/*", "*.jpg", "\"(1)\"", "day\\ 1"]),
        ("filename", ["img", "*.JPG", "a\\*b", "ünï", "scan*"]),
        ("album", ["best", "\"best of\"", "*", "b*"]), ("pool", ["b", "a\\ comic", "nothing"]),
        ("source", ["example.org", "*b.net*", "https*", "\"1,2\""]),
      ]
    }
    let field = fields.randomElement(using: &random) ?? fields[0]
    return one([field.0, field.0.uppercased()]) + ":" + one(field.1)
  }

  private mutating func near() -> String {
    let latitude = Int.random(in: -3...3, using: &random) * 30
    let longitude = Int.random(in: -3...3, using: &random) * 60
    return
      "near:\(latitude).05,\(longitude == 180 ? 179 : longitude),\(one(["500", "3000.5", "0.5km", "20000"]))"
      .replacing("90.05", with: "89.95")
  }

  private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

  private mutating func one<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &random)]
  }
}
