import CLinux
import CSandbox
import Glibc
import Media
import Pixels
import Platform
import WorkerProtocol

/// The misbehaviour itself.
struct Fixture {
  let channel: MessageChannel

  func carryOut(_ request: WorkerRequest, _ descriptors: [CInt]) throws {
    switch request {
    case .probe(let id, let names):
      let results = try zip(descriptors, names).map { descriptor, _ in
        let words = words(of: descriptor)
        try misbehave(words, request, descriptors)
        return probed(words)
      }
      try send(.probed(id: id, results))
    case .render(let id, _, let probe, let wanted):
      let words = words(of: descriptors[0])
      try misbehave(words, request, descriptors)
      if words.first == "fail" {
        return try send(.rendered(id: id, .failure(MediaFailure(.corrupt, "as told"))))
      }
      if words.first == "refer" { return try send(.referred(id: id)) }
      if probe == nil, words.first == "probe" {
        return try send(.probed(id: id, [probed(words)]))
      }
      let layout = try pictures(
        wanted, probe: probe ?? Probe(format: .jpeg, storedWidth: 40, storedHeight: 30),
        output: words.first == "share" ? descriptors[1] : nil)
      try send(.rendered(id: id, .success(layout)))
    case .metadata(let id, _, _, let hasSidecar):
      try misbehave(words(of: descriptors[0]), request, descriptors)
      var metadata = DeepMetadata()
      metadata.title = words(of: descriptors[0]).joined(separator: " ")
      if hasSidecar { metadata.caption = words(of: descriptors[2]).joined(separator: " ") }
      var writer = WireWriter()
      writer.write(metadata)
      _ = try SharedOutput.write([writer.bytes], to: descriptors[1])
      try send(.described(id: id, .success(UInt32(writer.bytes.count))))
    case .edit(let id, _, let hasFile):
      let words = hasFile ? words(of: descriptors[2]) : []
      try misbehave(words, request, descriptors)
      let made = Array(words.joined(separator: " ").utf8) + [UInt8(ascii: "!")]
      _ = try SharedOutput.write([made], to: descriptors[1])
      try send(.edited(id: id, .success(UInt32(made.count))))
    }
  }

  private func send(_ answer: WorkerAnswer) throws { _ = try channel.send(answer.encoded()) }

  private func words(of descriptor: CInt) -> [String] {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
      count = max(0, unsafe pread(descriptor, buffer.baseAddress, 256, 0))
    }
    return String(decoding: bytes, as: UTF8.self).split(separator: " ").map(String.init)
  }

  private func probed(_ words: [String]) -> Result<ProbeReport, MediaFailure> {
    if words.first == "fail" { return .failure(MediaFailure(.corrupt, "as told")) }
    var probe = Probe(format: .jpeg, storedWidth: 40, storedHeight: 30)
    probe.cameraModel = words.joined(separator: " ")
    return .success(ProbeReport(probe: probe, fingerprint: Fingerprint(high: 1, low: 2)))
  }

  private func pictures(
    _ request: RenderRequest, probe: Probe, output: CInt?
  ) throws -> RenderedLayout {
    let jpegs = request.maxPixelSizes.map { [0xff, 0xd8, UInt8($0 & 0xff), 0xff, 0xd9] as [UInt8] }
    if let output { _ = try SharedOutput.write(jpegs, to: output) }
    let extents = zip(request.maxPixelSizes, 0...).map { size, index in
      RenderedExtent(width: UInt32(size), height: 1, offset: UInt32(index * 5), byteCount: 5)
    }
    return RenderedLayout(
      extents: extents, jpegs: output == nil ? Array(jpegs.joined()) : [],
      placeholder: request.wantsPlaceholder ? [1, 2, 3] : [], probe: probe)
  }

  private func misbehave(
    _ words: [String], _ request: WorkerRequest, _ descriptors: [CInt]
  ) throws {
    let number = words.dropFirst().first.flatMap { Int($0) } ?? 0
    switch words.first {
    case "hang":
      while true { pause() }
    case "spin":
      while true { getpid() }
    case "crash":
      abort()
    case "exit":
      exit(CInt(number))
    case "sleep":
      usleep(UInt32(number) * 1000)
    case "keep":
      // Touched and never freed.
      _ = unsafe memset(malloc(number), 1, number)
    case "allocate":
      let memory = unsafe malloc(number)
      if unsafe memory == nil { try answerFailure(request, .overBudget, "refused") }
      unsafe free(memory)
    case "attempt":
      let kind = csandbox_attempt_kind(UInt32(number))
      let code = csandbox_attempt(kind, 0)
      if code != 0 { try answerFailure(request, .unreadable, "refused \(code)") }
    case "lie":
      try lie(words[1], request, descriptors)
      while true { pause() }
    default:
      break
    }
  }

  /// Answers with a failure and goes on with the next request.
  private func answerFailure(
    _ request: WorkerRequest, _ kind: MediaFailure.Kind, _ message: String
  ) throws {
    let failure = MediaFailure(kind, message)
    try send(.rendered(id: request.id, .failure(failure)))
    while case .message(let bytes, let descriptors) = try channel.receive() {
      try carryOut(try WorkerRequest(decoding: bytes), descriptors.values)
    }
    exit(0)
  }

  /// An answer that is wrong in one point.
  private func lie(_ what: String, _ request: WorkerRequest, _ descriptors: [CInt]) throws {
    let probe = Probe(format: .jpeg, storedWidth: 4, storedHeight: 4)
    func layout(
      width: UInt32 = 1, offset: UInt32 = 0, byteCount: UInt32 = 4, count: Int = 1,
      jpegs: [UInt8] = [], placeholder: [UInt8] = []
    ) -> WorkerAnswer {
      let extent = RenderedExtent(width: width, height: 1, offset: offset, byteCount: byteCount)
      return .rendered(
        id: request.id,
        .success(
          RenderedLayout(
            extents: [RenderedExtent](repeating: extent, count: count), jpegs: jpegs,
            placeholder: placeholder, probe: probe)))
    }
    switch what {
    case "garbage": _ = try channel.send([1, 2, 3, 4, 5, 6, 7])
    case "long": _ = try channel.send([UInt8](repeating: 3, count: 80_000))
    case "hello": try send(.hello(version: WireLimits.version))
    case "notice": try send(.notice("late"))
    case "descriptors": _ = try channel.send(layout().encoded(), descriptors: [3])
    case "id": try send(.rendered(id: request.id + 1, .failure(MediaFailure(.corrupt, "x"))))
    case "kind": try send(.described(id: request.id, .success(0)))
    case "count": try send(layout(count: 2))
    case "wide": try send(layout(width: 16_000))
    case "outside": try send(layout(offset: 1 << 29))
    case "not-a-jpeg": try send(layout())
    case "outside-of-the-answer": try send(layout(offset: 8, jpegs: [0xff, 0xd8, 0, 0xff, 0xd9]))
    case "probe": try send(.probed(id: request.id, [.failure(MediaFailure(.corrupt, "x"))]))
    case "placeholder": try send(layout(placeholder: [UInt8](repeating: 1, count: 33)))
    case "metadata":
      _ = try SharedOutput.write([[UInt8](repeating: 0xff, count: 64)], to: descriptors[1])
      try send(.described(id: request.id, .success(64)))
    case "flood":
      for _ in 0..<100_000 { _ = try channel.send([9, 9, 9]) }
    default: exit(1)
    }
  }
}
