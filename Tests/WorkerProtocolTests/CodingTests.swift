import Media
import Pixels
import TestSupport
import Testing
import WorkerProtocol

@Suite(.timeLimit(.minutes(2))) struct CodingTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func `every message comes back as it was sent`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    for _ in 0..<20 {
      let request = try samples.workerRequest()
      let requestBytes = request.encoded()
      #expect(requestBytes.count <= WireLimits.messageByteCount)
      #expect(try WorkerRequest(decoding: requestBytes[...]) == request)

      let answer = try samples.workerAnswer()
      let answerBytes = answer.encoded()
      #expect(answerBytes.count <= WireLimits.messageByteCount)
      #expect(try WorkerAnswer(decoding: answerBytes[...]) == answer)

      let metadata = samples.metadata()
      var writer = WireWriter()
      writer.write(metadata)
      var reader = WireReader(writer.bytes[...])
      #expect(try reader.readMetadata() == metadata)
      try reader.finish()

      let edit = samples.sidecarEdit()
      writer = WireWriter()
      writer.write(edit)
      reader = WireReader(writer.bytes[...])
      #expect(try reader.readSidecarEdit() == edit)
      try reader.finish()
    }
  }

  @Test func `a message of the longest parts fits, and so does the longest metadata`() throws {
    let long = String(repeating: "é", count: 4000)
    var probe = Probe(format: .jpeg, storedWidth: .max, storedHeight: .max)
    probe.cameraMake = long
    probe.cameraModel = long
    probe.captureTime = CaptureTime(wallMilliseconds: 0, offsetMinutes: 0)
    probe.position = GeoPosition(latitude: 1, longitude: 1, altitudeMetres: 1)
    probe.durationMilliseconds = 1
    let failure = MediaFailure(.corrupt, long)
    let report = ProbeReport(probe: probe, fingerprint: Fingerprint(high: 1, low: 2))
    for result in [Result.success(report), .failure(failure)] {
      let batch = [Result<ProbeReport, MediaFailure>](
        repeating: result, count: WireLimits.batchFileCount)
      let bytes = WorkerAnswer.probed(id: .max, batch).encoded()
      #expect(bytes.count <= WireLimits.messageByteCount)
      _ = try WorkerAnswer(decoding: bytes[...])
    }
    let extent = RenderedExtent(width: .max, height: .max, offset: .max, byteCount: .max)
    let rendered = WorkerAnswer.rendered(
      id: .max,
      .success(
        RenderedLayout(
          extents: [RenderedExtent](repeating: extent, count: RenderRequest.maximumSizeCount),
          jpegs: [UInt8](repeating: 0, count: WireLimits.jpegsByteCount),
          placeholder: [UInt8](repeating: 0, count: WireLimits.placeholderByteCount), probe: probe))
    )
    #expect(rendered.encoded().count <= WireLimits.messageByteCount)

    var metadata = DeepMetadata()
    let endless = String(repeating: "漢", count: 6000)
    metadata.title = endless
    metadata.caption = endless
    metadata.creator = endless
    metadata.copyright = endless
    metadata.lens = endless
    metadata.keywords = [String](repeating: endless, count: 2000)
    metadata.fields = [DeepMetadata.Field](
      repeating: DeepMetadata.Field(key: endless, value: endless), count: 3000)
    var state = SidecarState()
    state.tags = [String](repeating: endless, count: 5000)
    state.note = endless
    metadata.state = state
    var writer = WireWriter()
    writer.write(metadata)
    #expect(writer.bytes.count <= WireLimits.metadataByteCount)
    var reader = WireReader(writer.bytes[...])
    let read = try reader.readMetadata()
    #expect(read.keywords.count == WireLimits.keywordCount)
    #expect(read.fields.count == DeepMetadata.maximumFieldCount)

    // Names of ordinary length: as many as an asset may have.
    state.tags = (0..<5000).map { "user|general|a name of some length, number \($0)" }
    var edit = SidecarEdit()
    edit.keywords = [String](repeating: endless, count: 5000)
    edit.removedKeywords = edit.keywords
    edit.state = state
    writer = WireWriter()
    writer.write(edit)
    #expect(writer.bytes.count <= WireLimits.sidecarEditByteCount)
    reader = WireReader(writer.bytes[...])
    #expect(try reader.readSidecarEdit().state.tags.count == SidecarState.maximumTagCount)
  }

  @Test func `what a file says wrongly is brought within the limits before it is sent`() throws {
    var probe = Probe(format: .png, storedWidth: .max, storedHeight: 1)
    probe.cameraMake = "a\0b"
    probe.captureTime = CaptureTime(wallMilliseconds: .max, offsetMinutes: .max)
    probe.durationMilliseconds = -5
    probe.frameCount = 0
    var writer = WireWriter()
    writer.write(probe)
    var reader = WireReader(writer.bytes[...])
    let read = try reader.readProbe()
    #expect(read.storedWidth == WireLimits.maximumEdge)
    #expect(read.cameraMake == "ab")
    #expect(read.captureTime == nil)
    #expect(read.durationMilliseconds == nil)
    #expect(read.frameCount == 1)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `mutated messages are refused or read, never fatal`(seed: UInt64) throws {
    var samples = Samples(seed: seed &+ 1_000_000)
    for _ in 0..<60 {
      let request = samples.mutate(try samples.workerRequest().encoded())
      // A message that is still valid must also be within every limit: it can be sent again.
      if let read = try? WorkerRequest(decoding: request[...]) {
        #expect(try WorkerRequest(decoding: read.encoded()[...]) == read)
      }
      let answer = samples.mutate(try samples.workerAnswer().encoded())
      if let read = try? WorkerAnswer(decoding: answer[...]) {
        #expect(try WorkerAnswer(decoding: read.encoded()[...]) == read)
      }
      var writer = WireWriter()
      writer.write(samples.metadata())
      var reader = WireReader(samples.mutate(writer.bytes)[...])
      _ = try? reader.readMetadata()
      writer = WireWriter()
      writer.write(samples.sidecarEdit())
      reader = WireReader(samples.mutate(writer.bytes)[...])
      _ = try? reader.readSidecarEdit()
    }
  }

  /// Lies a worker could tell, as bytes.
  static let lies: [(String, [UInt8])] = {
    func bytes(_ body: (inout WireWriter) -> Void) -> [UInt8] {
      var writer = WireWriter()
      body(&writer)
      return writer.bytes
    }
    let valid = Probe(format: .jpeg, storedWidth: 1, storedHeight: 1)
    return [
      ("no message", []),
      ("an unknown kind", [99]),
      ("a hello cut short", [1, 1]),
      ("a hello with more behind it", [1, 1, 0, 7]),
      ("a notice longer than the message", [2, 255, 0, 65]),
      ("a notice that is not UTF-8", [2, 2, 0, 0xc3, 0x28]),
      ("a batch of none", [3] + [UInt8](repeating: 0, count: 9)),
      ("a batch of 255", [3] + [UInt8](repeating: 0, count: 8) + [255]),
      (
        "an unknown format",
        bytes {
          $0.write(UInt8(3))
          $0.write(UInt64(0))
          $0.write(UInt8(1))
          $0.write(true)
          $0.write(UInt8(200))
        }
      ),
      (
        "an unknown failure",
        bytes {
          $0.write(UInt8(3))
          $0.write(UInt64(0))
          $0.write(UInt8(1))
          $0.write(false)
          $0.write(UInt8(200))
          $0.write("x", limit: 10)
        }
      ),
      (
        "a picture of no width",
        bytes {
          $0.write(UInt8(4))
          $0.write(UInt64(0))
          $0.write(true)
          $0.write(UInt8(1))
          for number in [0, 1, 0, 1] as [UInt32] { $0.write(number) }
          $0.write([UInt8]())
          $0.write([UInt8]())
          $0.write(valid)
        }
      ),
      (
        "a placeholder of 4 GB",
        bytes {
          $0.write(UInt8(4))
          $0.write(UInt64(0))
          $0.write(true)
          $0.write(UInt8(1))
          for number in [1, 1, 0, 1] as [UInt32] { $0.write(number) }
          $0.write([UInt8]())
          $0.write(UInt32.max)
        }
      ),
      (
        "JPEGs longer than may be in an answer",
        bytes {
          $0.write(UInt8(4))
          $0.write(UInt64(0))
          $0.write(true)
          $0.write(UInt8(1))
          for number in [1, 1, 0, 1] as [UInt32] { $0.write(number) }
          $0.write([UInt8](repeating: 0, count: WireLimits.jpegsByteCount + 1))
          $0.write([UInt8]())
          $0.write(valid)
        }
      ),
      (
        "metadata longer than its memory",
        bytes {
          $0.write(UInt8(5))
          $0.write(UInt64(0))
          $0.write(true)
          $0.write(UInt32.max)
        }
      ),
    ]
  }()

  @Test(arguments: lies) func `a lie is refused`(lie: String, bytes: [UInt8]) {
    #expect(throws: WireError.self) { try WorkerAnswer(decoding: bytes[...]) }
  }
}
