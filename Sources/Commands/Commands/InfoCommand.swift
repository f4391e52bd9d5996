import Glibc
import Media
import Platform
import WorkerPool
import WorkerProtocol

extension Command {
  /// `albumen info FILE…`
  static let info = Command(
    name: "info",
    summary: "show what files say about themselves",
    operands: "FILE…",
    discussion: """
      Reads headers and metadata (EXIF, IPTC, XMP, an XMP sidecar beside the file) without decoding
      pixels.
      """,
    options: [
      .flag("all", short: "a", "every metadata field, not only the usual ones"),
      Workbench.memoryOption,
      .flag("json", "one line of JSON for each file, with every field"),
    ],
    examples: [
      ("albumen info IMG_0001.jpg", "dimensions, camera, exposure, place, keywords"),
      ("albumen info --json *.heic | jq .capturedAt", "for programs"),
    ],
    takesFolders: false
  ) { arguments, console in
    let files = arguments.operands
    guard !files.isEmpty else { throw UsageError("name the files") }
    return try await Interruption.cancelling {
      let bench = try Workbench(arguments, console: console)
      var code = ExitCode.success
      try await bench.forEach(
        files, { await FileInformation.read(files[$0], bench) },
        handle: { index, outcome in
          switch outcome {
          case .success(let information):
            if arguments.has("json") {
              console.print(information.json)
            } else {
              if index > 0 { console.print("") }
              for line in information.lines(withAllFields: arguments.has("all")) {
                console.print(line)
              }
            }
          case .failure(let error as WorkerPoolError): throw error
          case .failure(let error as CancellationError): throw error
          case .failure(let error):
            code = .someFailed
            console.note("\(Text.oneLine(files[index].description)): \(error)")
          }
        })
      await bench.pool.shutDown()
      return code
    }
  }
}

/// What one file says about itself.
private struct FileInformation: Sendable {
  let path: FilePath
  let byteCount: Int64
  let probe: Probe
  let fingerprint: Fingerprint
  /// Nil when the metadata could not be read; the header could.
  let metadata: DeepMetadata?

  static func read(
    _ path: FilePath, _ bench: Workbench
  ) async -> Result<FileInformation, any Error> {
    do {
      let file = try Workbench.open(path)
      let report = try await bench.pool.probe([file])[0].get()
      let sidecar = ["xmp", "XMP"].lazy
        .compactMap { try? Workbench.open(FilePath(bytes: path.bytes + Array(".\($0)".utf8))) }
        .first
      var metadata: DeepMetadata?
      do {
        metadata = try await bench.pool.metadata(
          file, sidecar: sidecar, format: report.probe.format, priority: .visible)
      } catch is MediaFailure {}
      return .success(
        FileInformation(
          path: path, byteCount: Int64(try file.descriptor.status().st_size), probe: report.probe,
          fingerprint: report.fingerprint, metadata: metadata))
    } catch {
      return .failure(error)
    }
  }

  private var camera: String? {
    guard let model = probe.cameraModel else { return probe.cameraMake }
    guard let make = probe.cameraMake, !model.lowercased().hasPrefix(make.lowercased()) else {
      return model
    }
    return "\(make) \(model)"
  }

  func lines(withAllFields: Bool) -> [String] {
    var pairs: [(String, String)] = [
      ("Format", probe.format.name),
      ("Size", "\(probe.width) × \(probe.height), \(Text.bytes(byteCount))"),
      (
        "Pixels",
        "\(probe.channelCount) channels of \(probe.bitsPerChannel) bits"
          + (probe.hasAlpha ? ", with alpha" : "")
      ),
    ]
    if probe.frameCount > 1 { pairs.append(("Frames", Text.count(probe.frameCount))) }
    if let milliseconds = probe.durationMilliseconds {
      pairs.append(("Length", Text.duration(milliseconds: Int(clamping: milliseconds))))
    }
    if let time = probe.captureTime { pairs.append(("Taken", time.iso8601)) }
    if let camera { pairs.append(("Camera", camera)) }
    if let metadata {
      if let lens = metadata.lens { pairs.append(("Lens", lens)) }
      let exposure = Self.exposure(metadata)
      if !exposure.isEmpty { pairs.append(("Exposure", exposure)) }
      if let title = metadata.title { pairs.append(("Title", title)) }
      if let caption = metadata.caption { pairs.append(("Caption", caption)) }
      if let rating = metadata.rating { pairs.append(("Rating", String(rating))) }
      if !metadata.keywords.isEmpty {
        pairs.append(("Keywords", metadata.keywords.joined(separator: ", ")))
      }
      if let creator = metadata.creator { pairs.append(("Creator", creator)) }
      if let copyright = metadata.copyright { pairs.append(("Rights", copyright)) }
    }
    if let position = probe.position {
      pairs.append(("Place", "\(position.latitude), \(position.longitude)"))
    }
    if withAllFields, let metadata {
      pairs += metadata.fields.map { ($0.key, $0.value) }
    }
    let width = pairs.map(\.0.count).max() ?? 0
    return [Text.oneLine(path.description)]
      + pairs.map { name, value in
        "  \(name)\(String(repeating: " ", count: width - name.count))  \(Text.oneLine(value))"
      }
  }

  private static func exposure(_ metadata: DeepMetadata) -> String {
    var parts: [String] = []
    if let seconds = metadata.exposureSeconds, seconds > 0 {
      parts.append(seconds < 0.4 ? "1/\(Int((1 / seconds).rounded())) s" : "\(seconds) s")
    }
    if let number = metadata.fNumber { parts.append("f/\(number)") }
    if let iso = metadata.iso { parts.append("ISO \(iso)") }
    if let length = metadata.focalLengthMillimetres { parts.append("\(length) mm") }
    return parts.joined(separator: ", ")
  }

  var json: JSONWriter {
    var json = JSONWriter()
    json.object { json in
      json.member("path", path.description)
      json.member("format", probe.format.name)
      json.member("byteCount", byteCount)
      json.member("width", probe.width)
      json.member("height", probe.height)
      json.member("orientation", probe.orientation.rawValue)
      json.member("frameCount", probe.frameCount)
      json.member("durationMs", probe.durationMilliseconds)
      json.member("bitsPerChannel", probe.bitsPerChannel)
      json.member("channelCount", probe.channelCount)
      json.member("hasAlpha", probe.hasAlpha)
      json.member("capturedAt", probe.captureTime?.iso8601)
      json.member("camera", camera)
      json.member("latitude", probe.position?.latitude)
      json.member("longitude", probe.position?.longitude)
      json.member("altitude", probe.position?.altitudeMetres)
      json.member(
        "fingerprint", Self.hexadecimal(fingerprint.high) + Self.hexadecimal(fingerprint.low))
      guard let metadata else { return }
      json.member("lens", metadata.lens)
      json.member("exposureSeconds", metadata.exposureSeconds)
      json.member("fNumber", metadata.fNumber)
      json.member("iso", metadata.iso)
      json.member("focalLength", metadata.focalLengthMillimetres)
      json.member("rating", metadata.rating)
      json.member("title", metadata.title)
      json.member("caption", metadata.caption)
      json.member("creator", metadata.creator)
      json.member("copyright", metadata.copyright)
      json.array("keywords") { json in for word in metadata.keywords { json.string(word) } }
      json.array("fields") { json in
        for field in metadata.fields {
          json.object { json in
            json.member("key", field.key)
            json.member("value", field.value)
          }
        }
      }
    }
    return json
  }

  private static func hexadecimal(_ half: UInt64) -> String {
    let digits = String(half, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
