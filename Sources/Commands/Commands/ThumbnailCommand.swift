import Glibc
import Media
import MemoryBudget
import Pixels
import Platform
import WorkerPool

extension Command {
  /// `albumen thumbnail FILE…`
  static let thumbnail = Command(
    name: "thumbnail",
    summary: "make thumbnails of files, without a library",
    operands: "FILE… (-o OUT | --out-dir DIR)",
    discussion: """
      Makes upright sRGB JPEGs that fit into a square of SIZE pixels; smaller pictures keep their
      size. Several files are made at once, a bad one is named and the others go on. In DIR a
      thumbnail has its file's name with .jpg behind it.
      """,
    options: [
      .value(
        "output", short: "o", "OUT", "where to write it; - for standard output", completion: .files),
      .value("out-dir", "DIR", "the folder for several", completion: .directories),
      .value("size", short: "s", "PIXELS", "the longer side, 1 to 4096 (256)"),
      .value("quality", short: "q", "PERCENT", "of the JPEG, 1 to 100 (82)"),
      Workbench.memoryOption,
      .flag("json", "one line of JSON for each file"),
    ],
    examples: [
      ("albumen thumbnail IMG_0001.CR3 -o small.jpg", "one, 256 pixels"),
      ("albumen thumbnail *.exr --out-dir previews --size 1024", "a folder of renders"),
    ],
    takesFolders: false
  ) { arguments, console in
    let job = try ThumbnailJob(arguments)
    return try await Interruption.cancelling {
      let bench = try Workbench(arguments, console: console)
      let code = try await job.run(bench, console)
      await bench.pool.shutDown()
      return code
    }
  }
}

/// What `albumen thumbnail` was asked for.
private struct ThumbnailJob: Sendable {
  private let files: [FilePath]
  private let targets: [FilePath]
  private let request: RenderRequest
  private let isJSON: Bool

  init(_ arguments: Arguments) throws {
    files = arguments.operands
    guard !files.isEmpty else { throw UsageError("name the files") }
    if let output = arguments.path("output") {
      guard files.count == 1, !arguments.has("out-dir") else {
        throw UsageError("-o names one file; several go into a folder with --out-dir DIR")
      }
      targets = [output]
    } else if let folder = arguments.path("out-dir") {
      // Made first: an unwritable folder is told before any work is done.
      let made = unsafe folder.withCString { unsafe mkdir($0, 0o777) }
      if made != 0 && errno != EEXIST { throw SystemError.last("mkdir", path: folder) }
      targets = Self.names(for: files, in: folder)
    } else {
      throw UsageError("say where to write: -o OUT for one file, --out-dir DIR for several")
    }
    request = RenderRequest(
      maxPixelSizes: [try arguments.number("size", in: 1...4096) ?? 256],
      jpegQuality: try arguments.number("quality", in: 1...100) ?? 82, wantsPlaceholder: false)
    isJSON = arguments.has("json")
  }

  func run(_ bench: Workbench, _ console: Console) async throws -> ExitCode {
    var code = ExitCode.success
    try await bench.forEach(
      files,
      { index in await attempt(index, bench) },
      handle: { index, outcome in
        switch outcome {
        case .success(let image):
          if isJSON, targets[index] != "-" {
            var json = JSONWriter()
            json.object { json in
              json.member("path", files[index].description)
              json.member("thumbnail", targets[index].description)
              json.member("width", image.width)
              json.member("height", image.height)
            }
            console.print(json)
          }
        case .failure(let error as WorkerPoolError): throw error
        case .failure(let error as CancellationError): throw error
        case .failure(let error):
          code = .someFailed
          console.note("\(Text.oneLine(files[index].description)): \(error)")
        }
      })
    return code
  }

  private func attempt(
    _ index: Int, _ bench: Workbench
  ) async -> Result<RenderedImage, any Error> {
    do { return .success(try await make(index, bench)) } catch { return .failure(error) }
  }

  private func make(_ index: Int, _ bench: Workbench) async throws -> RenderedImage {
    let file = try Workbench.open(files[index])
    let result = try await bench.pool.render(file, request: request, priority: .visible)
    let image = result.images[0]
    try AtomicFile.write(image.jpeg, to: targets[index], isDurable: false)
    return image
  }

  // Names keep their extension (a.cr2 and a.jpg may lie side by side); equal ones get a number.
  private static func names(for files: [FilePath], in folder: FilePath) -> [FilePath] {
    var used: Set<FilePath> = []
    return files.map { file in
      var target = folder.appending(bytes: Array(file.nameBytes) + Array(".jpg".utf8))
      var number = 2
      while !used.insert(target).inserted {
        target = folder.appending(bytes: Array(file.nameBytes) + Array("-\(number).jpg".utf8))
        number += 1
      }
      return target
    }
  }
}
