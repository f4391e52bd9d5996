/// One command of `albumen`: how it is called, what it says about itself, and what it does.
struct Command: Sendable {
  /// What is typed; the second word alone for one of another command's subcommands.
  let name: String
  /// One line for the list of commands.
  let summary: String
  /// The operands as the help shows them, e.g. `FOLDER…`.
  let operands: String
  /// A paragraph or two for its own help.
  var discussion = ""
  /// Its options, in the order of the help; `--help` is added to all of them.
  let options: [Option]
  /// Command lines with a word on what they do.
  let examples: [(line: String, meaning: String)]
  /// Whether the shell completes operands with folders only.
  var takesFolders = true
  /// Does it.
  let run: @Sendable (Arguments, Console) async throws -> ExitCode

  /// A command that only names others: `albumen NAME SUBCOMMAND …`.
  static func roof(
    _ name: String, summary: String, discussion: String = "", over subcommands: [Command]
  ) -> Command {
    let names = subcommands.map(\.name).joined(separator: ", ")
    var command = Command(
      name: name, summary: summary, operands: "COMMAND …", discussion: discussion, options: [],
      examples: []
    ) { _, _ in throw UsageError("say what to do: \(names)") }
    command.subcommands = subcommands
    return command
  }

  /// What its first operand chooses between, if it is only a roof over others.
  var subcommands: [Command] = []

  /// Every option the parser accepts.
  var allOptions: [Option] { options + [.flag("help", short: "h", "show this help")] }
}

/// All commands, in the order of the help.
enum CommandList {
  static let all: [Command] = [
    .serve, .scan, .list, .search, .thumbs, .tag, .info, .thumbnail, .stats, .memory, .doctor,
    .completions,
  ]

  /// The command with this name, or what was probably meant.
  static func find(
    _ name: String, below roof: Command? = nil
  ) throws(UsageError) -> Command {
    let known = roof?.subcommands ?? all
    if let command = known.first(where: { $0.name == name }) { return command }
    let prefix = roof.map { "\($0.name) " } ?? ""
    var message = "there is no command \"\(prefix)\(name)\""
    if let near = UsageError.nearest(to: name, in: known.map(\.name)) {
      message += "; did you mean \"\(prefix)\(near)\"?"
    } else {
      message += "; `albumen \(prefix)--help` lists them"
    }
    throw UsageError(message)
  }

  /// The command that the first words of `typed` name, how it is spelled, and the words behind it.
  static func find(
    in typed: [[UInt8]]
  ) throws(UsageError) -> (command: Command, spelling: String, rest: [[UInt8]]) {
    let words = typed.map { String(decoding: $0, as: UTF8.self) }
    let command = try find(words.first ?? "")
    guard !command.subcommands.isEmpty, let second = words.dropFirst().first,
      !second.hasPrefix("-")
    else { return (command, command.name, Array(typed.dropFirst())) }
    let below = try find(second, below: command)
    return (below, "\(command.name) \(below.name)", Array(typed.dropFirst(2)))
  }

  /// Every command that does something, with the words that name it.
  static var leaves: [(spelling: String, command: Command)] {
    all.flatMap { command in
      command.subcommands.isEmpty
        ? [(command.name, command)]
        : command.subcommands.map { ("\(command.name) \($0.name)", $0) }
    }
  }
}
