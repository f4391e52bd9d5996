import Catalog
import Library
import Media

/// Reads the members of a JSON body; what is wrong is an error that names the member.
struct BodyReading {
  private let members: [String: JSONValue]

  /// The body of a request, which is an object; none is an empty one.
  init(_ call: Call) throws(APIError) {
    if call.request.body.isEmpty {
      members = [:]
      return
    }
    guard let members = JSONValue(json: call.request.body)?.members else {
      throw .badRequest("The body must be a JSON object.")
    }
    self.members = members
  }

  /// True when the member is there, also as null.
  func has(_ name: String) -> Bool { members[name] != nil }

  private func value(_ name: String) -> JSONValue? {
    members[name] == .null ? nil : members[name]
  }

  /// Text; nil when absent.
  func text(_ name: String) throws(APIError) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.text else { throw .invalid(name, "text") }
    return text
  }

  /// A truth value; nil when absent.
  func bool(_ name: String) throws(APIError) -> Bool? {
    guard let value = value(name) else { return nil }
    guard case .bool(let bool) = value else { throw .invalid(name, "true or false") }
    return bool
  }

  /// A whole number in a range; nil when absent.
  func number(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
    guard let value = value(name) else { return nil }
    guard let number = value.wholeNumber, let number = Int(exactly: number), range.contains(number)
    else { throw .invalid(name, "a number from \(range.lowerBound) to \(range.upperBound)") }
    return number
  }

  /// The name of a tag, album, category or search; nil when absent.
  func name(_ name: String) throws(APIError) -> TagName? {
    guard let text = try text(name) else { return nil }
    return try Self.name(text, member: name)
  }

  /// A name that must be there.
  func requiredName(_ name: String) throws(APIError) -> TagName {
    guard let found = try self.name(name) else { throw .invalid(name, "a name") }
    return found
  }

  /// Names; nil when absent.
  func names(_ name: String) throws(APIError) -> [TagName]? {
    guard let texts = try texts(name) else { return nil }
    var names: [TagName] = []
    for text in texts { names.append(try Self.name(text, member: name)) }
    return names
  }

  /// A list of texts; nil when absent.
  func texts(_ name: String) throws(APIError) -> [String]? {
    guard let value = value(name) else { return nil }
    guard case .array(let values) = value, values.count <= Catalog.editedTagLimit else {
      throw .invalid(name, "a list of at most \(Catalog.editedTagLimit) texts")
    }
    var texts: [String] = []
    for value in values {
      guard let text = value.text else { throw .invalid(name, "a list of texts") }
      texts.append(text)
    }
    return texts
  }

  /// Ids of assets; nil when absent.
  func assets(_ name: String) throws(APIError) -> [AssetID]? {
    guard let value = value(name) else { return nil }
    guard case .array(let values) = value, values.count <= APIRoutes.idLimit else {
      throw .invalid(name, "a list of at most \(APIRoutes.idLimit) ids")
    }
    var ids: [AssetID] = []
    ids.reserveCapacity(values.count)
    for value in values {
      guard let id = value.wholeNumber, id > 0 else { throw .invalid(name, "a list of ids") }
      ids.append(AssetID(rawValue: id))
    }
    return ids
  }

  /// Which assets are meant: `assets` with ids, or `result` with a token.
  func selection(_ results: ResultStore) throws(APIError) -> AssetSelection {
    switch (try assets("assets"), try text("result")) {
    case (let ids?, nil): return .assets(ids)
    case (nil, let token?): return .result(try results.snapshot(token))
    default:
      throw .badRequest(
        "Say which with {\"assets\":[…]}, or {\"result\":TOKEN} for all of a result.")
    }
  }

  private static func name(_ text: String, member: String) throws(APIError) -> TagName {
    do throws(TagNameError) {
      return try TagName(text)
    } catch {
      throw .badRequest("\(member): \(error.description).")
    }
  }
}

extension APIRoutes {
  /// The category with a name; one that is not there is the client's mistake.
  func category(_ name: String, member: String = "category") async throws -> TagCategoryID {
    let all = try await library.catalog.tagCategories()
    guard let found = all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
      throw APIError.invalid(member, "one of \(all.map(\.name).joined(separator: ", "))")
    }
    return found.id
  }

  /// The names of categories by their ids.
  func categoryNames() async throws -> [TagCategoryID: String] {
    Dictionary(
      uniqueKeysWithValues: try await library.catalog.tagCategories().map { ($0.id, $0.name) })
  }

  /// The answer to an edit.
  static func response(_ result: EditResult) -> HTTPResponse {
    .json { $0.editMembers(result) }
  }
}

extension Call {
  /// The tag the path names.
  func tag() throws(APIError) -> TagID {
    guard let raw = UInt32(exactly: number()) else {
      throw .notFound("There is no tag \(number()).")
    }
    return TagID(rawValue: raw)
  }
}
