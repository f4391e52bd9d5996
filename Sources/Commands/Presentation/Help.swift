/// The help texts, made from the commands' own descriptions.
enum Help {
  /// What `albumen --help` shows.
  static var overview: String {
    let width = CommandList.all.map(\.name.count).max() ?? 0
    let commands = CommandList.all.map { "  \(padded($0.name, width))  \($0.summary)" }
    return """
      A picture library that keeps to the memory you give it.

      Usage: albumen COMMAND [ARGUMENTS]

      \(commands.joined(separator: "\n"))

      Options:
        -h, --help     show this help; `albumen COMMAND --help` explains one command
            --version  show the version

      The memory budget is --memory, else ALBUMEN_MEMORY, else the library's settings, else the
      least of 512 MiB, a quarter of the RAM and 80 % of the container's limit.

      Exit codes: 0 done, 1 some files failed (each is named), 2 usage, 3 could not be done.
      """
  }

  /// What `albumen COMMAND --help` shows.
  static func text(for command: Command, spelled spelling: String) -> String {
    var parts = [
      "\(command.summary.prefix(1).uppercased() + command.summary.dropFirst()).",
      "Usage: albumen \(spelling) \(command.operands)".trimmed,
    ]
    if !command.discussion.isEmpty { parts.append(command.discussion) }
    if !command.subcommands.isEmpty {
      let width = command.subcommands.map(\.name.count).max() ?? 0
      let lines = command.subcommands.map { "  \(padded($0.name, width))  \($0.summary)" }
      parts.append(lines.joined(separator: "\n"))
      parts.append("`albumen \(spelling) COMMAND --help` explains one of them.")
      return parts.joined(separator: "\n\n")
    }
    let spellings = command.allOptions.map(Self.spelling)
    let width = spellings.map(\.count).max() ?? 0
    let lines = zip(spellings, command.allOptions).map { "  \(padded($0, width))  \($1.help)" }
    parts.append("Options:\n" + lines.joined(separator: "\n"))
    let examples = command.examples.map { "  \($0.line)\n      \($0.meaning)" }
    parts.append("Examples:\n" + examples.joined(separator: "\n"))
    return parts.joined(separator: "\n\n")
  }

  private static func spelling(_ option: Option) -> String {
    let short = option.short.map { "-\($0), " } ?? "    "
    return short + "--\(option.name)" + (option.value.map { " \($0)" } ?? "")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

extension String {
  /// Without spaces at its end.
  fileprivate var trimmed: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}
