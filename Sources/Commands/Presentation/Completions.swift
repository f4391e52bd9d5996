/// Completion scripts for the shells, made from the commands' own descriptions.
enum Completions {
  /// The shells there are scripts for.
  static let shells = ["bash", "zsh", "fish"]

  /// The script for a shell; nil for an unknown one.
  static func script(for shell: String) -> String? {
    switch shell {
    case "bash": bash
    case "zsh": zsh
    case "fish": fish
    default: nil
    }
  }

  private static var names: String { CommandList.all.map(\.name).joined(separator: " ") }

  private static var bash: String {
    let cases = CommandList.leaves.map { spelling, command in
      let values = command.allOptions.compactMap { option -> String? in
        guard option.value != nil else { return nil }
        let spellings = (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
        let action =
          switch option.completion {
          case .nothing: "return"
          case .files: "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$word\")); return"
          case .directories: "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$word\")); return"
          case .words(let words):
            "COMPREPLY=($(compgen -W '\(words.joined(separator: " "))' -- \"$word\")); return"
          }
        return "        \(spellings.joined(separator: "|"))) \(action) ;;"
      }
      let options = command.allOptions.map { "--\($0.name)" }.joined(separator: " ")
      let operands =
        command.name == "completions"
        ? "COMPREPLY=($(compgen -W '\(shells.joined(separator: " "))' -- \"$word\"))"
        : "compopt -o filenames; COMPREPLY=($(compgen \(command.takesFolders ? "-d" : "-f") -- \"$word\"))"
      return """
            '\(spelling) '*)
              case $previous in
        \(values.joined(separator: "\n"))
              esac
              if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '\(options)' -- "$word"))
              else \(operands); fi ;;
        """
    }
    let roofs = CommandList.all.filter { !$0.subcommands.isEmpty }.map { roof in
      """
          if (( COMP_CWORD == 2 )) && [[ ${COMP_WORDS[1]} == \(roof.name) ]]; then
            COMPREPLY=($(compgen -W '\(roof.subcommands.map(\.name).joined(separator: " ")) --help' -- "$word")); return
          fi
      """
    }
    return """
      _albumen() {
        local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
        COMPREPLY=()
        if (( COMP_CWORD == 1 )); then
          COMPREPLY=($(compgen -W '\(names) --help --version' -- "$word")); return
        fi
      \(roofs.joined(separator: "\n"))
        case "${COMP_WORDS[1]} ${COMP_WORDS[2]} " in
      \(cases.joined(separator: "\n"))
        esac
      }
      complete -F _albumen albumen
      """
  }

  private static var zsh: String {
    let commands = CommandList.all.map { "    '\($0.name):\(quoted($0.summary))'" }
    let cases = CommandList.all.map { command in
      if command.subcommands.isEmpty {
        return "    \(command.name)) _arguments \(zshSpecifications(command)) ;;"
      }
      let names = command.subcommands.map { "'\($0.name):\(quoted($0.summary))'" }
      let inner = command.subcommands.map {
        "        \($0.name)) _arguments \(zshSpecifications($0)) ;;"
      }
      return """
            \(command.name))
              if (( CURRENT == 2 )); then
                local -a subcommands=(\(names.joined(separator: " ")))
                _describe command subcommands
                return
              fi
              local subcommand=$words[2]
              shift words; (( CURRENT-- ))
              case $subcommand in
        \(inner.joined(separator: "\n"))
              esac ;;
        """
    }
    return """
      #compdef albumen
      _albumen() {
        local -a commands=(
      \(commands.joined(separator: "\n"))
        )
        if (( CURRENT == 2 )); then
          _describe command commands
          return
        fi
        local command=$words[2]
        shift words; (( CURRENT-- ))
        case $command in
      \(cases.joined(separator: "\n"))
        esac
      }
      compdef _albumen albumen
      """
  }

  private static func zshSpecifications(_ command: Command) -> String {
    var specifications = command.allOptions.map { option -> String in
      let action =
        switch option.completion {
        case .nothing: " "
        case .files: "_files"
        case .directories: "_files -/"
        case .words(let words): "(\(words.joined(separator: " ")))"
        }
      let value = option.value.map { ":\(quoted($0)):\(action)" } ?? ""
      let help = "[\(quoted(option.help))]\(value)"
      guard let short = option.short else { return "'--\(option.name)\(help)'" }
      return "'(-\(short) --\(option.name))'{-\(short),--\(option.name)}'\(help)'"
    }
    specifications.append(
      command.name == "completions"
        ? "'1:shell:(\(shells.joined(separator: " ")))'"
        : command.takesFolders ? "'*:folder:_files -/'" : "'*:file:_files'")
    return specifications.joined(separator: " ")
  }

  private static var fish: String {
    var lines = ["complete -c albumen -f"]
    for command in CommandList.all {
      lines.append(
        "complete -c albumen -n __fish_use_subcommand -a \(command.name) "
          + "-d '\(quoted(command.summary))'")
      let names = command.subcommands.map(\.name).joined(separator: " ")
      for below in command.subcommands {
        let condition =
          "-n '__fish_seen_subcommand_from \(command.name); "
          + "and not __fish_seen_subcommand_from \(names)'"
        lines.append(
          "complete -c albumen \(condition) -a \(below.name) -d '\(quoted(below.summary))'")
      }
    }
    let roofs = CommandList.all.filter { !$0.subcommands.isEmpty }.map(\.name)
    for (spelling, command) in CommandList.leaves {
      let words = spelling.split(separator: " ").map { "__fish_seen_subcommand_from \($0)" }
      // `albumen tag list` is not `albumen list`.
      let others = roofs.filter { words.count == 1 && $0 != spelling }
        .map { "; and not __fish_seen_subcommand_from \($0)" }.joined()
      let condition = "-n '\(words.joined(separator: "; and "))\(others)'"
      for option in command.allOptions {
        var line = "complete -c albumen \(condition) -l \(option.name)"
        if let short = option.short { line += " -s \(short)" }
        if option.value != nil {
          let action =
            switch option.completion {
            case .nothing: " -x"
            case .files: " -rF"
            case .directories: " -x -a '(__fish_complete_directories)'"
            case .words(let words): " -x -a '\(words.joined(separator: " "))'"
            }
          line += action
        }
        lines.append(line + " -d '\(quoted(option.help))'")
      }
      if command.name == "completions" {
        lines.append("complete -c albumen \(condition) -a '\(shells.joined(separator: " "))'")
      } else {
        lines.append(
          "complete -c albumen \(condition) "
            + (command.takesFolders ? "-a '(__fish_complete_directories)'" : "-F"))
      }
    }
    return lines.joined(separator: "\n")
  }

  // The texts stand inside single quotes, and inside brackets in zsh.
  private static func quoted(_ text: String) -> String {
    var safe = ""
    for character in text {
      switch character {
      case "'": safe += "’"
      case "[", "]", ":", "\\": safe += " "
      default: safe.append(character)
      }
    }
    return safe
  }
}
