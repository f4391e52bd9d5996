import Catalog
import Library
import Platform
import Search

/// What a search bar and the panel beside a result ask for.
extension APIRoutes {
  var searchRoutes: [Route] {
    [
      Route(.get, "/api/v1/search/tokens") { try await tokens($0) },
      Route(.get, "/api/v1/search/complete") { try await complete($0) },
      Route(.get, "/api/v1/results/{token:word}/facets") { try await facets($0) },
    ]
  }

  /// Values of each field in one answer.
  private static let facetLimit = 200

  private func tokens(_ call: Call) async throws -> HTTPResponse {
    let chips = try await library.search.chips(call.request.target.value(of: "q") ?? "")
    return .json { json in
      json.array("chips") { json in
        for chip in chips.chips {
          json.object { json in
            json.member("from", chip.range.lowerBound)
            json.member("to", chip.range.upperBound)
            json.member("text", chip.text)
            json.member("kind", chip.kind)
            json.member("category", chip.category)
          }
        }
      }
      json.key("error")
      guard let error = chips.error else { return json.null() }
      json.object { json in
        json.member("message", error.description)
        json.member("position", error.range?.lowerBound ?? 0)
        json.member("length", error.range?.count ?? 0)
        json.array("suggestions") { json in for text in error.suggestions { json.string(text) } }
      }
    }
  }

  /// Things to type in one answer.
  private static let completionLimit = 100

  private func complete(_ call: Call) async throws -> HTTPResponse {
    let text = call.request.target.value(of: "q") ?? ""
    let cursor = try call.integer("at", in: 0...Int(UInt32.max)) ?? text.utf16.count
    let limit = try call.integer("limit", in: 1...Self.completionLimit) ?? 20
    let found = try await library.search.completion(of: text, at: cursor, limit: limit)
    return .json { json in
      json.member("from", found.range.lowerBound)
      json.member("to", found.range.upperBound)
      json.array("items") { json in
        for item in found.items {
          json.object { json in
            json.member("insert", item.insert)
            json.member("label", item.label)
            json.member("kind", item.kind)
            json.member("category", item.category)
            json.member("count", item.count)
            json.member("alias", item.alias)
            json.member("summary", item.summary)
          }
        }
      }
    }
  }

  private func facets(_ call: Call) async throws -> HTTPResponse {
    let snapshot = try results.snapshot(call.parameters.words[0])
    let limit = try call.integer("limit", in: 1...Self.facetLimit) ?? 20
    var fields: [SearchFacets.Field] = []
    if let names = call.request.target.value(of: "fields") {
      for name in names.split(separator: ",") {
        guard let field = SearchFacets.Field(rawValue: String(name)) else {
          let known = SearchFacets.Field.allCases.map(\.rawValue).joined(separator: ", ")
          throw APIError.invalid("fields", "some of \(known), with commas between them")
        }
        if !fields.contains(field) { fields.append(field) }
      }
    } else {
      fields = SearchFacets.Field.allCases
    }
    let found = try await library.search.facets(snapshot.query, fields: fields, limit: limit)
    return .json { json in
      json.member("count", found.count)
      json.array("facets") { json in
        for facet in found.facets {
          json.object { json in
            json.member("field", facet.field.rawValue)
            json.array("values") { json in
              for value in facet.values { json.object { Self.write(value, into: &$0) } }
            }
          }
        }
      }
    }
  }

  private static func write(_ value: SearchFacets.Value, into json: inout JSONWriter) {
    json.member("value", value.value)
    json.member("label", value.label)
    json.member("count", value.count)
    json.member("query", value.query)
    if let category = value.category { json.member("category", category) }
  }
}
