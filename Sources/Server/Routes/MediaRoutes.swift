import Catalog
import Library
import Media
import Platform
import Thumbnails

/// Pictures: thumbnails, previews and originals. Addressed by id, never by path.
struct MediaRoutes: Sendable {
  let library: Library

  var routes: [Route] {
    [256, 512].map { side in
      Route(
        .get, "/thumb/{id:number}/\(side)", content: .media,
        immediate: { call throws(APIError) in try cachedThumbnail(call, side) }
      ) { try await thumbnail($0, side) }
    }
      + [1024, 2048, 4096].map { side in
        Route(.get, "/preview/{id:number}/\(side)", content: .media) {
          try await preview($0, side)
        }
      } + [Route(.get, "/original/{id:number}", content: .media) { try await original($0) }]
  }

  // MARK: - Thumbnails

  /// What is in memory is answered on the daemon's thread, without a task.
  private func cachedThumbnail(_ call: Call, _ side: Int) throws(APIError) -> HTTPResponse? {
    guard let text = call.request.target.value(of: "v"), let version = ContentVersion(text),
      let size = ThumbnailSize(rawValue: side),
      let found = library.thumbnails.cachedThumbnail(
        AssetID(rawValue: call.number()), size: size, version: version)
    else { return nil }
    return picture(found.bytes, version: version, side: side, call)
  }

  private func thumbnail(_ call: Call, _ side: Int) async throws -> HTTPResponse {
    guard let size = ThumbnailSize(rawValue: side) else { throw APIError.internalFailure }
    let wanted = call.request.target.value(of: "v").flatMap { ContentVersion($0) }
    let found = try await library.thumbnails.thumbnail(
      AssetID(rawValue: call.number()), size: size, version: wanted, priority: .visible)
    return picture(found.bytes, version: found.version, side: side, call)
  }

  private func preview(_ call: Call, _ side: Int) async throws -> HTTPResponse {
    let found = try await library.preview(AssetID(rawValue: call.number()), maxPixelSize: side)
    return picture(found.bytes, version: found.version, side: side, call)
  }

  static let immutable = "private, max-age=31536000, immutable"
  static let thumbnailType = "image/jpeg"

  static func tag(_ version: ContentVersion, side: Int) -> String { "\"\(version)-\(side)\"" }

  private func picture(
    _ bytes: [UInt8], version: ContentVersion, side: Int, _ call: Call
  ) -> HTTPResponse {
    let tag = Self.tag(version, side: side)
    // An address with the version of what it shows never shows anything else.
    let isExact = call.request.target.value(of: "v") == version.description
    let headers = [
      ("ETag", tag),
      ("Cache-Control", isExact ? Self.immutable : "private, no-cache"),
    ]
    if Conditional.matches(call.request.headers.ifNoneMatch, tag: tag) {
      return HTTPResponse(304, headers: headers)
    }
    return HTTPResponse(
      200, headers: headers + [("Content-Type", Self.thumbnailType)], body: .bytes(bytes))
  }

  // MARK: - Originals

  private func original(_ call: Call) async throws -> HTTPResponse {
    let (asset, file) = try await library.openOriginal(AssetID(rawValue: call.number()))
    let summary = asset.summary
    let tag = "\"\(summary.version)\""
    var headers = [
      ("ETag", tag),
      (
        "Last-Modified",
        Conditional.httpDate(secondsSince1970: asset.modifiedNanoseconds / 1_000_000_000)
      ), ("Cache-Control", "private, no-cache"), ("Accept-Ranges", "bytes"),
    ]
    let request = call.request.headers
    if request.ifNoneMatch != nil {
      if Conditional.matches(request.ifNoneMatch, tag: tag) {
        return HTTPResponse(304, headers: headers)
      }
    } else if request.ifModifiedSince == headers[1].1 {
      return HTTPResponse(304, headers: headers)
    }
    headers.append(("Content-Type", Self.mediaType(of: summary.format)))
    headers.append(
      ("Content-Disposition", Self.disposition(summary.nameBytes, of: summary.format)))
    switch Conditional.range(
      request.range, ifRange: request.ifRange, tag: tag, byteCount: summary.byteCount)
    {
    case .whole:
      return HTTPResponse(
        200, headers: headers, body: .file(file, offset: 0, count: summary.byteCount))
    case .part(let offset, let count):
      headers.append(
        ("Content-Range", "bytes \(offset)-\(offset + count - 1)/\(summary.byteCount)"))
      return HTTPResponse(206, headers: headers, body: .file(file, offset: offset, count: count))
    case .unsatisfiable:
      throw APIError(
        416, "range-not-satisfiable", "The file has \(summary.byteCount) bytes.",
        headers: [("Content-Range", "bytes */\(summary.byteCount)")])
    }
  }

  private static func mediaType(of format: MediaFormat?) -> String {
    // What a browser could run is never called by its name.
    guard let format, format != .svg else { return "application/octet-stream" }
    return format.mediaType
  }

  private static func disposition(_ name: [UInt8], of format: MediaFormat?) -> String {
    let kind = format == nil || format == .svg ? "attachment" : "inline"
    let text = String(decoding: name, as: UTF8.self)
    return "\(kind); filename*=UTF-8''\(RequestTarget.encode(text))"
  }
}
