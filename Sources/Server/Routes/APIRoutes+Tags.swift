import Catalog
import Library
import Platform

/// Tags: lists, names, rules, and the tags of assets.
extension APIRoutes {
  var tagRoutes: [Route] {
    [
      Route(.get, "/api/v1/tags") { try await tags($0) },
      Route(.post, "/api/v1/tags") { try await createTag($0) },
      Route(.post, "/api/v1/tags/of") { try await tagsOf($0) },
      Route(.post, "/api/v1/tags/edit") { try await editTags($0) },
      Route(.get, "/api/v1/tags/suggested-implications") { try await suggestedImplications($0) },
      Route(.get, "/api/v1/tags/{id:number}") { try await tag($0) },
      Route(.patch, "/api/v1/tags/{id:number}") { try await updateTag($0) },
      Route(.delete, "/api/v1/tags/{id:number}") { call in
        Self.response(try await library.catalog.deleteTag(try call.tag()))
      },
      Route(.post, "/api/v1/tags/{id:number}/merge") { try await mergeTag($0) },
      Route(.post, "/api/v1/tags/{id:number}/aliases") { call in
        let name = try BodyReading(call).requiredName("name")
        return Self.response(try await library.catalog.addAlias(name, to: try call.tag()))
      },
      Route(.delete, "/api/v1/tags/{id:number}/aliases") { call in
        let name = try BodyReading(call).requiredName("name")
        return Self.response(try await library.catalog.removeAlias(name, from: try call.tag()))
      },
      Route(.post, "/api/v1/tags/{id:number}/implications") {
        try await changeImplication($0, isAdded: true)
      },
      Route(.delete, "/api/v1/tags/{id:number}/implications") {
        try await changeImplication($0, isAdded: false)
      },
      Route(.get, "/api/v1/tag-categories") { _ in try await tagCategories() },
      Route(.post, "/api/v1/tag-categories") { try await setCategory($0, isNew: true) },
      Route(.patch, "/api/v1/tag-categories") { try await setCategory($0, isNew: false) },
    ]
  }

  /// Tags in one answer.
  private static let tagLimit = 500

  // MARK: - Lists

  private func tags(_ call: Call) async throws -> HTTPResponse {
    var listing = Catalog.TagListing()
    listing.search = call.request.target.value(of: "search") ?? ""
    if let name = call.request.target.value(of: "category"), !name.isEmpty {
      listing.category = try await category(name)
    }
    switch call.request.target.value(of: "sort") {
    case nil, "", "count": listing.sort = .count
    case "name": listing.sort = .name
    default: throw APIError.invalid("sort", "\"count\" or \"name\"")
    }
    let position = try call.integer("position", in: 0...Int(Int32.max)) ?? 0
    let count = try call.integer("count", in: 1...Self.tagLimit) ?? 100
    let page = try await library.catalog.tags(listing, at: position, count: count)
    let categories = try await categoryNames()
    let charge = try await charge(page.tags.count * JSONWriter.tagByteCount)
    return .json(keeping: charge) { json in
      json.member("total", page.total)
      json.array("tags") { json in
        for tag in page.tags { json.object { $0.tagMembers(tag, categories) } }
      }
    }
  }

  private func tag(_ call: Call) async throws -> HTTPResponse {
    let id = try call.tag()
    guard let tag = try await library.catalog.tag(id) else {
      throw APIError.notFound("There is no tag \(id).")
    }
    let related = try await library.catalog.relatedTags(of: id)
    let categories = try await categoryNames()
    return .json { json in
      json.tagMembers(tag, categories)
      json.array("related") { json in
        for entry in related {
          json.object { json in
            json.tagMembers(entry.tag, categories)
            json.member("count", entry.tag.count)
            json.member("score", (entry.related.score * 1000).rounded() / 1000)
          }
        }
      }
    }
  }

  private func suggestedImplications(_ call: Call) async throws -> HTTPResponse {
    let limit = try call.integer("limit", in: 1...200) ?? 50
    let found = try await library.catalog.suggestedImplications(limit: limit)
    let categories = try await categoryNames()
    return .json { json in
      json.array("suggestions") { json in
        for entry in found {
          json.object { json in
            json.object("tag") { $0.tagMembers(entry.tag, categories) }
            json.object("implies") { $0.tagMembers(entry.implied, categories) }
            json.member("count", entry.suggestion.count)
            json.member("together", entry.suggestion.together)
          }
        }
      }
    }
  }

  // MARK: - Names and rules

  private func createTag(_ call: Call) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    let name = try body.requiredName("name")
    var id = TagCategoryID.general
    if let text = try body.text("category") { id = try await category(text) }
    let made = try await library.catalog.createTag(name, category: id)
    let categories = try await categoryNames()
    return .json { json in
      json.tagMembers(made.tag, categories)
      json.member("undo", made.result.undo?.rawValue)
    }
  }

  private func updateTag(_ call: Call) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    var update = Catalog.TagUpdate()
    update.name = try body.name("name")
    update.note = try body.text("note")
    if let name = try body.text("category") { update.category = try await category(name) }
    return Self.response(try await library.catalog.updateTag(try call.tag(), update))
  }

  private func mergeTag(_ call: Call) async throws -> HTTPResponse {
    guard let into = try BodyReading(call).number("into", in: 1...Int(UInt32.max)) else {
      throw APIError.invalid("into", "the id of a tag")
    }
    return Self.response(
      try await library.catalog.mergeTag(
        try call.tag(), into: TagID(rawValue: UInt32(truncatingIfNeeded: into))))
  }

  private func changeImplication(_ call: Call, isAdded: Bool) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    let implied = try body.requiredName("implies")
    let id = try call.tag()
    if try body.bool("preview") == true {
      let count = try await library.catalog.previewImplication(
        from: id, to: implied, isAdded: isAdded)
      return .json { $0.member("wouldChange", count) }
    }
    return Self.response(
      isAdded
        ? try await library.catalog.addImplication(from: id, to: implied)
        : try await library.catalog.removeImplication(from: id, to: implied))
  }

  // MARK: - Tags of assets

  private func tagsOf(_ call: Call) async throws -> HTTPResponse {
    let selection = try BodyReading(call).selection(results)
    let found = try await library.catalog.tags(of: selection)
    let categories = try await categoryNames()
    let charge = try await charge(found.tags.count * JSONWriter.tagByteCount)
    return .json(keeping: charge) { json in
      json.member("count", found.count)
      json.array("tags") { json in
        for use in found.tags {
          json.object { json in
            json.tagMembers(use.tag, categories)
            json.member("count", use.count)
            json.array("origins") { json in
              for origin in TagOrigin.allCases where use.origins.contains(origin) {
                json.string(origin.name)
              }
            }
          }
        }
      }
    }
  }

  private func editTags(_ call: Call) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    var edit = TagEdit()
    edit.add = try body.names("add")?.map { TagEdit.Tag($0) } ?? []
    edit.remove = try body.names("remove") ?? []
    edit.replaceWith = try body.names("replaceWith")?.map { TagEdit.Tag($0) }
    if edit.add.isEmpty && edit.remove.isEmpty && edit.replaceWith == nil {
      throw APIError.badRequest("Say what to change with \"add\", \"remove\" or \"replaceWith\".")
    }
    return Self.response(
      try await library.catalog.editTags(edit, of: try body.selection(results)))
  }

  // MARK: - Categories

  private func tagCategories() async throws -> HTTPResponse {
    let categories = try await library.catalog.tagCategories()
    return .json { json in
      json.array("categories") { json in
        for category in categories { json.object { $0.categoryMembers(category) } }
      }
    }
  }

  private func setCategory(_ call: Call, isNew: Bool) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    var id: TagCategoryID?
    if !isNew {
      guard let number = try body.number("id", in: 0...255) else {
        throw APIError.invalid("id", "the id of a category")
      }
      id = TagCategoryID(rawValue: UInt16(number))
    }
    var color: UInt32?
    if let text = try body.text("color") {
      guard text.utf8.count == 7, text.utf8.first == UInt8(ascii: "#"),
        text.utf8.dropFirst().allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
        let value = UInt32(text.dropFirst(), radix: 16)
      else { throw APIError.invalid("color", "six hexadecimal digits after a #, like #3b82d6") }
      color = value
    }
    let made = try await library.catalog.setTagCategory(
      id, name: isNew ? try body.requiredName("name") : try body.name("name"), color: color,
      position: try body.number("order", in: 0...1_000_000))
    return .json { json in
      json.categoryMembers(made.category)
      json.member("undo", made.result.undo?.rawValue)
    }
  }
}
