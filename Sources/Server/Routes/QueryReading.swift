import Catalog
import Library
import Media

/// Reads what clients ask for into an `AssetQuery`, value by value, and says which one is wrong.
enum QueryReading {
  /// Reads the body of `POST /api/v1/results`.
  static func query(body: [UInt8]) throws(APIError) -> AssetQuery {
    guard let members = JSONValue(json: body)?.members else {
      throw .badRequest("The body must be a JSON object.")
    }
    var query = AssetQuery()
    var order: String?
    for (key, value) in members {
      if value == .null { continue }
      switch key {
      case "folder":
        guard let id = value.wholeNumber, id > 0 else { throw .invalid(key, "a folder's id") }
        query.folder = FolderID(rawValue: id)
      case "recursive":
        guard case .bool(let recursive) = value else { throw .invalid(key, "true or false") }
        query.recursive = recursive
      case "kind":
        switch value.text {
        case "image": query.kind = .image
        case "video": query.kind = .video
        default: throw .invalid(key, "\"image\" or \"video\"")
        }
      case "state": query.states = try states(value.text)
      case "sort": query.sort = try sort(value.text)
      case "order": order = value.text ?? ""
      case "seed":
        guard let seed = value.wholeNumber else { throw .invalid(key, "a whole number") }
        query.seed = UInt64(bitPattern: seed)
      case "q":
        guard let text = value.text else { throw .invalid(key, "a text") }
        query.search = search(text)
      default: throw .badRequest("The body has a member \"\(key)\", which means nothing here.")
      }
    }
    query.ascending = try isAscending(order, sort: query.sort)
    return query
  }

  /// Reads `sort`, `order`, `state`, `kind`, `folder`, `seed` and `q` of an address.
  static func query(_ call: Call) throws(APIError) -> AssetQuery {
    let target = call.request.target
    var query = AssetQuery()
    if let name = target.value(of: "sort") { query.sort = try sort(name) }
    if let name = target.value(of: "state") { query.states = try states(name) }
    query.ascending = try isAscending(target.value(of: "order"), sort: query.sort)
    if let folder = try call.integer("folder", in: 1...Int.max) {
      query.folder = FolderID(rawValue: Int64(folder))
    }
    switch target.value(of: "kind") {
    case nil: break
    case "image": query.kind = .image
    case "video": query.kind = .video
    default: throw .invalid("kind", "\"image\" or \"video\"")
    }
    query.seed = UInt64(try call.integer("seed", in: 0...Int.max) ?? 0)
    query.search = search(target.value(of: "q") ?? "")
    return query
  }

  // Blanks alone ask for nothing, and an index is not made for that.
  private static func search(_ text: String) -> String {
    text.allSatisfy(\.isWhitespace) ? "" : text
  }

  private static func states(_ name: String?) throws(APIError) -> Set<AssetState> {
    switch name {
    case "ok": [.ok]
    case "broken": [.broken]
    case "missing": [.missing]
    case "all": [.ok, .broken, .missing]
    default: throw .invalid("state", "\"ok\", \"broken\", \"missing\" or \"all\"")
    }
  }

  private static func sort(_ name: String?) throws(APIError) -> AssetQuery.Sort {
    guard let sort = AssetQuery.Sort.allCases.first(where: { $0.name == name }) else {
      let names = AssetQuery.Sort.allCases.map(\.name).joined(separator: ", ")
      throw .invalid("sort", "one of \(names)")
    }
    return sort
  }

  private static func isAscending(
    _ name: String?, sort: AssetQuery.Sort
  ) throws(APIError) -> Bool {
    switch name {
    case "asc": true
    case "desc": false
    case nil: sort.isAscendingByDefault
    default: throw .invalid("order", "\"asc\" or \"desc\"")
    }
  }
}

extension APIError {
  static func invalid(_ name: String, _ expected: String) -> APIError {
    .badRequest("\"\(name)\" must be \(expected).")
  }
}
