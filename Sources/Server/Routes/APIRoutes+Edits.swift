import Catalog
import Library
import Media
import Platform

/// What people say about assets, and taking it back.
extension APIRoutes {
  var editRoutes: [Route] {
    [
      Route(.post, "/api/v1/assets/edit") { try await editAssets($0) },
      Route(.get, "/api/v1/undo") { _ in try await undoable() },
      Route(.post, "/api/v1/undo/{id:number}") { call in
        Self.response(try await library.catalog.undo(UndoID(rawValue: call.number())))
      },
    ]
  }

  private func editAssets(_ call: Call) async throws -> HTTPResponse {
    let body = try BodyReading(call)
    var edit = AssetEdit()
    edit.stars = try body.number("stars", in: -1...5)
    if let name = try body.text("rating") {
      guard let rating = ContentRating(name: name) else {
        let names = ContentRating.allCases.map(\.name).joined(separator: ", ")
        throw APIError.invalid("rating", "one of \(names)")
      }
      edit.contentRating = rating
    }
    edit.isFavourite = try body.bool("favourite")
    edit.note = try body.text("note")
    edit.sources = try body.texts("sources")
    if body.has("parent") {
      let parent = try body.number("parent", in: 1...Int.max)
      edit.parent = .some(parent.map { AssetID(rawValue: Int64($0)) })
    }
    return Self.response(
      try await library.catalog.editAssets(edit, of: try body.selection(results)))
  }

  private func undoable() async throws -> HTTPResponse {
    let records = try await library.catalog.undoRecords()
    return .json { json in
      json.array("undo") { json in
        for record in records {
          json.object { json in
            json.member("id", record.id.rawValue)
            json.member("label", record.label)
            json.member("at", JSONWriter.time(milliseconds: record.atMilliseconds))
            json.member("changed", record.changed)
          }
        }
      }
    }
  }
}
