import Catalog
import Media
import Platform

/// Writes assets as lines of results.
struct AssetLister: Sendable {
  /// What a line is.
  enum Style: Sendable {
    /// The path, and what is wrong with the file.
    case lines
    /// The path as it is, ended by NUL.
    case null
    /// One line of JSON.
    case json
  }

  private let catalog: Catalog
  private let style: Style
  private let console: Console
  private let folders: [FolderID: FilePath]

  /// Reads where the folders are.
  init(_ catalog: Catalog, style: Style, console: Console) async throws {
    self.catalog = catalog
    self.style = style
    self.console = console
    let roots = Dictionary(uniqueKeysWithValues: try await catalog.roots().map { ($0.id, $0.path) })
    folders = Dictionary(
      uniqueKeysWithValues: try await catalog.folders().map { folder in
        (folder.id, (roots[folder.root] ?? FilePath("?")).appending(bytes: folder.relativePath))
      })
  }

  /// Writes these assets in their order.
  ///
  /// - Parameter ids: at most `Catalog.pageLimit`.
  func list(_ ids: [AssetID]) async throws {
    for asset in try await catalog.assets(ids) {
      let folder = folders[asset.folder] ?? FilePath("?")
      let path = folder.appending(bytes: asset.nameBytes)
      switch style {
      case .null: console.write(path.bytes + [0])
      case .json: console.print(json(asset, path))
      case .lines: console.print(line(asset, path))
      }
    }
  }

  private func line(_ asset: AssetSummary, _ path: FilePath) -> String {
    let name = Text.oneLine(path.description)
    guard asset.state == .ok else {
      return "\(name)  [\(asset.state.name)\(asset.failure.map { ": \($0.failure)" } ?? "")]"
    }
    return name
  }

  private func json(_ asset: AssetSummary, _ path: FilePath) -> JSONWriter {
    var json = JSONWriter()
    json.object { json in
      json.member("id", asset.id.rawValue)
      json.member("name", asset.name)
      json.member("path", path.description)
      json.member("format", asset.format?.name)
      json.member("width", asset.width)
      json.member("height", asset.height)
      json.member("capturedAt", asset.captureTime?.iso8601)
      json.member("byteCount", asset.byteCount)
      json.member("rating", asset.rating)
      json.member("durationMs", asset.durationMilliseconds)
      json.member("frameCount", asset.frameCount)
      json.member("latitude", asset.position?.latitude)
      json.member("longitude", asset.position?.longitude)
      json.member("version", asset.version.description)
      json.member("state", asset.state.name)
      json.member("reason", asset.failure?.failure.message)
    }
    return json
  }
}
