import Catalog
import Library
import Media
import Platform
import TagExchange

extension Command {
  private static let editOptions = [
    TagArguments.query, TagArguments.ids, TagArguments.path, TagArguments.dryRun,
    TagArguments.json, Workbench.memoryOption,
  ]

  /// `albumen tag add LIB TAG…`
  static let tagAdd = Command(
    name: "add", summary: "give tags to pictures", operands: "LIB TAG… (--query|--ids|--path)",
    discussion: """
      What you give is yours: no file and no rule takes it away again. A tag that is new is made, with
      the category before its colon (character:saber). All of it is one transaction.
      """,
    options: editOptions,
    examples: [
      ("albumen tag add ~/Pictures sea place/italy/rome -q 'taken:2024-05'", "two tags to a month"),
      ("albumen tag add ~/Pictures character:saber -p ~/Pictures/a.png", "one picture"),
    ]
  ) { arguments, console in
    try await edit(arguments, console) { edit, tag in edit.add.append(tag) }
  }

  /// `albumen tag remove LIB TAG…`
  static let tagRemove = Command(
    name: "remove", summary: "take tags from pictures",
    operands: "LIB TAG… (--query|--ids|--path)",
    discussion: """
      What you take away stays away: a file that still has it in its keywords does not bring it back.
      """,
    options: editOptions,
    examples: [("albumen tag remove ~/Pictures blurry -q 'mp:>20'", "from all large ones")]
  ) { arguments, console in
    try await edit(arguments, console) { edit, tag in edit.remove.append(tag.name) }
  }

  private static func edit(
    _ arguments: Arguments, _ console: Console,
    _ add: @escaping @Sendable (inout TagEdit, TagEdit.Tag) -> Void
  ) async throws -> ExitCode {
    let words = try TagArguments.names(
      arguments, 1...Catalog.editedTagLimit, "name a library and the tags")
    return try await TagArguments.changing(arguments, console) { library in
      guard let selection = try await TagArguments.selection(arguments, in: library) else {
        throw UsageError("say which pictures: --query, --ids or --path")
      }
      let categories = try await library.catalog.read { try $0.tagCategories() }
      let namespaces = TagNamespaces(categories: categories.map(\.name))
      var edit = TagEdit()
      for word in words {
        let said: TagNamespaces.Statement
        do throws(TagNameError) {
          said = try namespaces.read(word, origin: .user)
        } catch { throw UsageError("\(error)") }
        guard case .tag(let tag) = said else {
          throw UsageError(
            "\"\(word)\" is a rating, which is no tag; set it on the page, or import it")
        }
        let category = categories.first { $0.name.lowercased() == tag.category }
        add(&edit, TagEdit.Tag(tag.name, category: category?.id ?? .general))
      }
      if arguments.has("dry-run") {
        let changed = try await wouldChange(edit, TagArguments.ids(selection), library.catalog)
        TagArguments.report(changed, undo: nil, of: "picture", arguments, console)
      } else {
        let done = try await library.catalog.editTags(edit, of: selection)
        TagArguments.report(done.changed, undo: done.undo, of: "picture", arguments, console)
      }
      return .success
    }
  }

  private static func wouldChange(
    _ edit: TagEdit, _ ids: [AssetID], _ catalog: Catalog
  ) async throws -> Int {
    try await catalog.read { database in
      let added = try edit.add.map { try database.tag(named: $0.name)?.id }
      let removed = try edit.remove.compactMap { try database.tag(named: $0)?.id }
      return try ids.count { id in
        let tags = Dictionary(
          uniqueKeysWithValues: try database.assetTags(of: id).map { ($0.id, $0) })
        return added.contains { tag in
          guard let said = tag.flatMap({ tags[$0] }) else { return true }
          return said.isRemoved || said.origin != .user
        } || removed.contains { tags[$0].map { !$0.isRemoved } ?? false }
      }
    }
  }
}
