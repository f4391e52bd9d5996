extension Command {
  /// `albumen completions SHELL`
  static let completions = Command(
    name: "completions",
    summary: "print the completion script of a shell",
    operands: "bash|zsh|fish",
    options: [],
    examples: [
      (
        "albumen completions bash > ~/.local/share/bash-completion/completions/albumen",
        "for bash; new shells have it"
      ),
      ("albumen completions zsh > ~/.zfunc/_albumen", "for zsh, with ~/.zfunc in $fpath"),
      ("albumen completions fish > ~/.config/fish/completions/albumen.fish", "for fish"),
    ],
    takesFolders: false
  ) { arguments, console in
    guard arguments.operands.count == 1 else {
      throw UsageError("name one shell: \(Completions.shells.joined(separator: ", "))")
    }
    let shell = arguments.operands[0].description
    guard let script = Completions.script(for: shell) else {
      throw UsageError(
        "there are scripts for \(Completions.shells.joined(separator: ", ")), not for \(shell)")
    }
    console.print(script)
    return .success
  }
}
