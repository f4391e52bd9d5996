import Media
import Pixels
import TestSupport
import WorkerProtocol

/// Random but valid values of everything that crosses between processes.
struct Samples {
  var generator: SeededGenerator

  init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

  mutating func flip() -> Bool { Bool.random(using: &generator) }

  mutating func text(_ limit: Int) -> String {
    let alphabet: [Character] = ["a", "Z", "7", " ", "é", "漢", "🖼", "\n", "<", "\""]
    var text = ""
    for _ in 0..<Int.random(in: 0...24, using: &generator) {
      let next = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      if text.utf8.count + String(next).utf8.count > limit { break }
      text.append(next)
    }
    return text
  }

  mutating func format() throws -> MediaFormat {
    MediaFormat.allCases[Int.random(in: 0..<MediaFormat.allCases.count, using: &generator)]
  }

  mutating func probe() throws -> Probe {
    var probe = Probe(
      format: try format(),
      storedWidth: UInt32.random(in: 0...WireLimits.maximumEdge, using: &generator),
      storedHeight: UInt32.random(in: 0...WireLimits.maximumEdge, using: &generator))
    probe.orientation =
      Orientation.allCases[Int.random(in: 0..<Orientation.allCases.count, using: &generator)]
    if flip() {
      probe.captureTime = CaptureTime(
        wallMilliseconds: Int64.random(in: WireLimits.captureMilliseconds, using: &generator),
        offsetMinutes: flip()
          ? Int16.random(in: WireLimits.offsetMinutes, using: &generator) : nil)
    }
    if flip() { probe.cameraMake = text(WireLimits.cameraByteCount) }
    if flip() { probe.cameraModel = text(WireLimits.cameraByteCount) }
    if flip() {
      probe.position = GeoPosition(
        latitude: Double.random(in: -90...90, using: &generator),
        longitude: Double.random(in: -180...180, using: &generator),
        altitudeMetres: flip() ? Double.random(in: -500...9000, using: &generator) : nil)
    }
    probe.frameCount = UInt32.random(in: 1...UInt32.max, using: &generator)
    if flip() {
      probe.durationMilliseconds = Int64.random(
        in: 0...WireLimits.maximumDurationMilliseconds, using: &generator)
    }
    probe.bitsPerChannel = UInt8.random(in: 0...64, using: &generator)
    probe.channelCount = UInt8.random(in: 0...255, using: &generator)
    probe.hasAlpha = flip()
    probe.isProgressive = flip()
    return probe
  }

  mutating func failure() -> MediaFailure {
    let kinds = MediaFailure.Kind.allCases
    var failure = MediaFailure(
      kinds[Int.random(in: 0..<kinds.count, using: &generator)],
      text(WireLimits.failureByteCount))
    if flip() {
      failure.fingerprint = Fingerprint(
        high: .random(in: 0...(.max), using: &generator),
        low: .random(in: 0...(.max), using: &generator))
    }
    return failure
  }

  mutating func request() throws -> RenderRequest {
    var request = RenderRequest(
      maxPixelSizes: [], jpegQuality: Int.random(in: 1...100, using: &generator),
      background: RGB(
        red: UInt8.random(in: 0...255, using: &generator), green: 7,
        blue: UInt8.random(in: 0...255, using: &generator)),
      wantsPlaceholder: flip(), mayEnlargeSlightly: flip(),
      reservedByteCount: Int.random(in: 0...Int.max, using: &generator))
    for _ in 0..<Int.random(in: 1...RenderRequest.maximumSizeCount, using: &generator) {
      request.maxPixelSizes.append(
        Int.random(in: 1...RenderRequest.maximumPixelSize, using: &generator))
    }
    return request
  }

  mutating func workerRequest() throws -> WorkerRequest {
    let id = generator.next()
    switch Int.random(in: 0..<4, using: &generator) {
    case 0:
      let count = Int.random(in: 1...WireLimits.batchFileCount, using: &generator)
      return .probe(
        id: id, fileExtensions: (0..<count).map { _ in text(WireLimits.extensionByteCount) })
    case 1:
      let probe = flip() ? try probe() : nil
      return .render(
        id: id, fileExtension: text(WireLimits.extensionByteCount), probe: probe,
        request: try request())
    case 2: return .edit(id: id, isPicture: flip(), hasFile: flip())
    default:
      return .metadata(
        id: id, fileExtension: text(WireLimits.extensionByteCount), format: try format(),
        hasSidecar: flip())
    }
  }

  mutating func workerAnswer() throws -> WorkerAnswer {
    let id = generator.next()
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: return .hello(version: UInt16.random(in: 0...UInt16.max, using: &generator))
    case 1: return .notice(text(WireLimits.noticeByteCount))
    case 2:
      var results: [Result<ProbeReport, MediaFailure>] = []
      for _ in 0..<Int.random(in: 1...WireLimits.batchFileCount, using: &generator) {
        let fingerprint = Fingerprint(high: generator.next(), low: generator.next())
        results.append(
          flip()
            ? .success(ProbeReport(probe: try probe(), fingerprint: fingerprint))
            : .failure(failure()))
      }
      return .probed(id: id, results)
    case 3:
      if flip() { return .rendered(id: id, .failure(failure())) }
      let extents = (0..<Int.random(in: 1...RenderRequest.maximumSizeCount, using: &generator)).map
      { _ in
        RenderedExtent(
          width: UInt32.random(in: 1...16_384, using: &generator),
          height: UInt32.random(in: 1...16_384, using: &generator),
          offset: UInt32.random(in: 0...UInt32(WireLimits.outputByteCount), using: &generator),
          byteCount: UInt32.random(in: 0...UInt32(WireLimits.outputByteCount), using: &generator))
      }
      let placeholder = (0..<Int.random(in: 0...32, using: &generator)).map { UInt8($0) }
      let jpegs = (0..<Int.random(in: 0...WireLimits.jpegsByteCount, using: &generator)).map {
        UInt8(truncatingIfNeeded: $0)
      }
      return .rendered(
        id: id,
        .success(
          RenderedLayout(
            extents: extents, jpegs: flip() ? jpegs : [], placeholder: placeholder,
            probe: try probe())))
    case 4:
      return .edited(
        id: id,
        flip()
          ? .success(UInt32.random(in: 1...UInt32(WireLimits.outputByteCount), using: &generator))
          : .failure(failure()))
    default:
      return .described(
        id: id,
        flip()
          ? .success(UInt32.random(in: 0...UInt32(WireLimits.metadataByteCount), using: &generator))
          : .failure(failure()))
    }
  }

  mutating func metadata() -> DeepMetadata {
    var metadata = DeepMetadata()
    if flip() { metadata.lens = text(100) }
    if flip() { metadata.exposureSeconds = Double.random(in: 0...30, using: &generator) }
    if flip() { metadata.fNumber = Double.random(in: 0...64, using: &generator) }
    if flip() { metadata.iso = Int.random(in: 0...Int.max, using: &generator) }
    if flip() { metadata.focalLengthMillimetres = Double.random(in: 0...2000, using: &generator) }
    if flip() { metadata.rating = Int.random(in: -1...5, using: &generator) }
    if flip() { metadata.title = text(100) }
    if flip() { metadata.caption = text(100) }
    if flip() { metadata.creator = text(100) }
    if flip() { metadata.copyright = text(100) }
    metadata.keywords = (0..<Int.random(in: 0...30, using: &generator)).map { _ in text(100) }
    metadata.fields = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
      DeepMetadata.Field(key: text(100), value: text(100))
    }
    if flip() { metadata.state = state() }
    return metadata
  }

  mutating func state() -> SidecarState {
    var state = SidecarState()
    state.tags = (0..<Int.random(in: 0...30, using: &generator)).map { _ in text(100) }
    if flip() { state.contentRating = text(WireLimits.extensionByteCount) }
    if flip() { state.isFavourite = flip() }
    if flip() { state.note = text(1000) }
    return state
  }

  mutating func sidecarEdit() -> SidecarEdit {
    var edit = SidecarEdit()
    edit.keywords = (0..<Int.random(in: 0...30, using: &generator)).map { _ in text(100) }
    edit.removedKeywords = (0..<Int.random(in: 0...30, using: &generator)).map { _ in text(100) }
    if flip() { edit.stars = Int.random(in: -1...5, using: &generator) }
    edit.state = state()
    return edit
  }

  /// One to four bytes changed, cut off or added.
  mutating func mutate(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      switch Int.random(in: 0..<4, using: &generator) {
      case 0 where !bytes.isEmpty:
        bytes.removeLast(Int.random(in: 1...bytes.count, using: &generator))
      case 1: bytes.append(UInt8.random(in: 0...255, using: &generator))
      case 2 where !bytes.isEmpty:
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = 0xff
      default:
        if bytes.isEmpty { break }
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
          UInt8.random(in: 0...255, using: &generator)
      }
    }
    return bytes
  }
}
