import Platform

/// What was typed after the command's name, sorted into options and operands.
///
/// GNU rules: `--name value`, `--name=value`, `-o value`, `-ovalue`, joined flags (`-qv`), options
/// after operands, unambiguous beginnings of long names, and `--` before operands that look like
/// options. Everything stays bytes, because file names need not be UTF-8.
struct Arguments: Sendable {
  private var values: [String: [FilePath]] = [:]
  /// What is not an option, in order.
  private(set) var operands: [FilePath] = []

  /// Sorts the arguments.
  ///
  /// - Throws: `UsageError` for an unknown or ambiguous option, a missing value, or a value given to
  ///   a flag.
  init(_ typed: [[UInt8]], options: [Option]) throws(UsageError) {
    var rest = typed[...]
    while let argument = rest.popFirst() {
      if argument == Array("--".utf8) {
        operands += rest.map { FilePath(bytes: $0) }
        return
      }
      if argument.starts(with: Array("--".utf8)) {
        try parseLong(argument.dropFirst(2), &rest, options)
      } else if argument.count > 1, argument[0] == UInt8(ascii: "-") {
        try parseShort(argument.dropFirst(1), &rest, options)
      } else {
        guard !argument.isEmpty else { throw UsageError("an argument is empty") }
        operands.append(FilePath(bytes: argument))
      }
    }
  }

  /// True when the flag was given.
  func has(_ name: String) -> Bool { values[name] != nil }

  /// The option's value as text, the last one if it was given more than once.
  func text(_ name: String) -> String? { values[name]?.last?.description }

  /// The option's value as a path.
  func path(_ name: String) -> FilePath? { values[name]?.last }

  /// The values of an option that may be given several times, in order.
  func paths(_ name: String) -> [FilePath] { values[name] ?? [] }

  /// The option's value as a whole number within `range`.
  func number(_ name: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
    guard let text = text(name) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw UsageError(
        "--\(name) takes a whole number from \(range.lowerBound) to \(range.upperBound), "
          + "not \"\(text)\"")
    }
    return number
  }

  private mutating func parseLong(
    _ argument: ArraySlice<UInt8>, _ rest: inout ArraySlice<[UInt8]>, _ options: [Option]
  ) throws(UsageError) {
    let equals = argument.firstIndex(of: UInt8(ascii: "="))
    let typed = String(decoding: argument[..<(equals ?? argument.endIndex)], as: UTF8.self)
    let option = try find(typed, options)
    if option.value == nil {
      guard equals == nil else { throw UsageError("--\(option.name) takes no value") }
      values[option.name, default: []].append("")
    } else if let equals {
      try set(option, Array(argument[(equals + 1)...]))
    } else {
      try set(option, rest.popFirst())
    }
  }

  private mutating func parseShort(
    _ letters: ArraySlice<UInt8>, _ rest: inout ArraySlice<[UInt8]>, _ options: [Option]
  ) throws(UsageError) {
    var letters = letters
    while let letter = letters.popFirst() {
      let character = Character(Unicode.Scalar(letter))
      guard let option = options.first(where: { $0.short == character }) else {
        throw UsageError("there is no option -\(character)")
      }
      if option.value == nil {
        values[option.name, default: []].append("")
      } else {
        try set(option, letters.isEmpty ? rest.popFirst() : Array(letters))
        return
      }
    }
  }

  private mutating func set(_ option: Option, _ value: [UInt8]?) throws(UsageError) {
    guard let value, !value.isEmpty else {
      throw UsageError("--\(option.name) needs a value: --\(option.name) \(option.value ?? "")")
    }
    values[option.name, default: []].append(FilePath(bytes: value))
  }

  private func find(_ typed: String, _ options: [Option]) throws(UsageError) -> Option {
    if let exact = options.first(where: { $0.name == typed }) { return exact }
    let begun = options.filter { $0.name.hasPrefix(typed) }
    if begun.count == 1, !typed.isEmpty { return begun[0] }
    if begun.count > 1, !typed.isEmpty {
      let names = begun.map { "--\($0.name)" }.joined(separator: ", ")
      throw UsageError("--\(typed) could mean \(names)")
    }
    var message = "there is no option --\(typed)"
    if let near = UsageError.nearest(to: typed, in: options.map(\.name)) {
      message += "; did you mean --\(near)?"
    }
    throw UsageError(message)
  }
}
