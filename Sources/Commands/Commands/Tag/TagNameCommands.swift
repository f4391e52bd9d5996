import Catalog
import Library
import Platform

extension Command {
  private static let nameOptions = [
    TagArguments.dryRun, TagArguments.json, Workbench.memoryOption,
  ]

  /// `albumen tag rename LIB TAG NAME`
  static let tagRename = Command(
    name: "rename", summary: "give a tag another name", operands: "LIB TAG NAME",
    discussion: """
      The tags below it (place/rome below place) follow. A name that is another tag's is refused: merge
      the two.
      """,
    options: nameOptions,
    examples: [("albumen tag rename ~/Pictures cats cat", "on all pictures at once")]
  ) { arguments, console in
    let words = try TagArguments.names(arguments, 2...2, "name a library, a tag and its new name")
    let name = try TagArguments.name(words[1])
    return try await TagArguments.changing(arguments, console) { library in
      let tag = try await TagArguments.tag(words[0], in: library.catalog)
      if arguments.has("dry-run") {
        TagArguments.report(tag.count, undo: nil, of: "picture", arguments, console)
        return .success
      }
      var update = Catalog.TagUpdate()
      update.name = name
      let done = try await library.catalog.updateTag(tag.id, update)
      TagArguments.report(done.changed, undo: done.undo, of: "tag", arguments, console)
      return .success
    }
  }

  /// `albumen tag merge LIB TAG INTO`
  static let tagMerge = Command(
    name: "merge", summary: "put a tag into another", operands: "LIB TAG INTO",
    discussion: """
      Pictures, other names and rules go over, and the tag's name becomes another name of the one that
      stays.
      """,
    options: nameOptions,
    examples: [("albumen tag merge ~/Pictures kitty cat", "kitty is cat from now on")]
  ) { arguments, console in
    let words = try TagArguments.names(arguments, 2...2, "name a library and two tags")
    return try await TagArguments.changing(arguments, console) { library in
      let tag = try await TagArguments.tag(words[0], in: library.catalog)
      let into = try await TagArguments.tag(words[1], in: library.catalog)
      if arguments.has("dry-run") {
        TagArguments.report(tag.count, undo: nil, of: "picture", arguments, console)
        return .success
      }
      let done = try await library.catalog.mergeTag(tag.id, into: into.id)
      TagArguments.report(done.changed, undo: done.undo, of: "picture", arguments, console)
      return .success
    }
  }

  /// `albumen tag alias LIB TAG NAME`
  static let tagAlias = Command(
    name: "alias", summary: "give a tag one more name", operands: "LIB TAG NAME [--remove]",
    options: [.flag("remove", "take the name away")] + nameOptions,
    examples: [("albumen tag alias ~/Pictures cat kitty", "who types kitty means cat")]
  ) { arguments, console in
    let words = try TagArguments.names(arguments, 2...2, "name a library, a tag and another name")
    let name = try TagArguments.name(words[1])
    return try await TagArguments.changing(arguments, console) { library in
      let tag = try await TagArguments.tag(words[0], in: library.catalog)
      if arguments.has("dry-run") {
        TagArguments.report(0, undo: nil, of: "picture", arguments, console)
        return .success
      }
      let done =
        arguments.has("remove")
        ? try await library.catalog.removeAlias(name, from: tag.id)
        : try await library.catalog.addAlias(name, to: tag.id)
      TagArguments.report(done.changed, undo: done.undo, of: "name", arguments, console)
      return .success
    }
  }

  /// `albumen tag imply LIB TAG OTHER`
  static let tagImply = Command(
    name: "imply", summary: "let a tag bring another along",
    operands: "LIB TAG OTHER [--remove]",
    discussion: """
      Pictures with the first tag have the other too, now and later, and lose it with the first unless
      something else gives it. Rules that would run in a circle are refused.
      """,
    options: [.flag("remove", "take the rule away")] + nameOptions,
    examples: [("albumen tag imply ~/Pictures cat animal --dry-run", "how many would get it")]
  ) { arguments, console in
    let words = try TagArguments.names(arguments, 2...2, "name a library and two tags")
    let implied = try TagArguments.name(words[1])
    return try await TagArguments.changing(arguments, console) { library in
      let tag = try await TagArguments.tag(words[0], in: library.catalog)
      let isAdded = !arguments.has("remove")
      if arguments.has("dry-run") {
        let count = try await library.catalog.previewImplication(
          from: tag.id, to: implied, isAdded: isAdded)
        TagArguments.report(count, undo: nil, of: "picture", arguments, console)
        return .success
      }
      let done =
        isAdded
        ? try await library.catalog.addImplication(from: tag.id, to: implied)
        : try await library.catalog.removeImplication(from: tag.id, to: implied)
      TagArguments.report(done.changed, undo: done.undo, of: "picture", arguments, console)
      return .success
    }
  }
}
