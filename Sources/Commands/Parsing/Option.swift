/// One option of a command: its spelling, its value and its line in the help.
///
/// Help text and shell completions are made from these, so they cannot disagree with the parser.
struct Option: Sendable, Hashable {
  /// What the shell offers as the option's value.
  enum Completion: Sendable, Hashable {
    case nothing, files, directories
    case words([String])
  }

  /// The long name without its dashes.
  let name: String
  /// The one-letter name, if there is one.
  var short: Character?
  /// What stands for the value in the help; nil for a flag.
  var value: String?
  /// One line for people.
  let help: String
  /// What the shell offers as the value.
  var completion: Completion = .nothing

  /// An option that takes a value.
  static func value(
    _ name: String, short: Character? = nil, _ value: String, _ help: String,
    completion: Completion = .nothing
  ) -> Option {
    Option(name: name, short: short, value: value, help: help, completion: completion)
  }

  /// An option that is on or off.
  static func flag(_ name: String, short: Character? = nil, _ help: String) -> Option {
    Option(name: name, short: short, help: help)
  }
}
