import CLinux
import Glibc
import Media
import Pixels
import Platform
import WorkerProtocol

/// A worker's life once it is confined: takes one job after the other until its parent is gone.
public struct WorkerLoop<Jobs: WorkerJobs> {
  /// The number of the socket in every worker.
  public static var socketDescriptor: CInt { 3 }

  /// How long what one job freed is kept for the next one when no next job comes: more than a busy
  /// parent needs to send it.
  private static var keptMilliseconds: CInt { 50 }

  private let channel: MessageChannel
  private let jobs: Jobs
  private let reusesMemory: Bool

  /// A loop over the socket a worker is started with.
  ///
  /// - Parameter reusesMemory: leaves up to `WorkerMemory.keptByteCount` that a job has freed to the next
  ///   one, if that comes at once. To get them anew from the system, page by page, took an eighth of
  ///   the time of a thumbnail of 12 megapixels.
  public init(jobs: Jobs, reusesMemory: Bool) {
    self.jobs = jobs
    self.reusesMemory = reusesMemory
    channel = MessageChannel(socket: FileDescriptor(takingOwnershipOf: Self.socketDescriptor))
  }

  /// Says hello, then works until the other side closes the socket.
  ///
  /// - Throws: when the socket fails or the parent sends nonsense: nothing can be done then.
  public func run(notices: [String]) throws {
    for notice in notices { try send(.notice(notice)) }
    try send(.hello(version: WireLimits.version))
    var keepsMemory = false
    while true {
      if keepsMemory && !isMessageThere(within: Self.keptMilliseconds) {
        _ = clinux_malloc_trim()
        keepsMemory = false
      }
      switch try channel.receive() {
      case .end, .nothing: return
      case .message(let bytes, let descriptors):
        let request = try WorkerRequest(decoding: bytes)
        guard descriptors.values.count == request.descriptorCount else {
          throw WireError(
            "\(descriptors.values.count) descriptors came, not \(request.descriptorCount)")
        }
        let answer = answer(request, descriptors: descriptors.values)
        // What the job used goes back before the answer says that it is over.
        if case .probed = answer {} else { keepsMemory = !giveBackMemory() }
        try send(answer)
      }
    }
  }

  /// Gives freed memory back to the system unless it is little enough to be kept; false if it is.
  private func giveBackMemory() -> Bool {
    if reusesMemory && clinux_free_heap_byte_count() <= WorkerMemory.keptByteCount { return false }
    _ = clinux_malloc_trim()
    return true
  }

  /// Whether there is something to receive, waiting for it for a moment.
  private func isMessageThere(within milliseconds: CInt) -> Bool {
    var socket = pollfd(fd: channel.socket.rawValue, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&socket, 1, milliseconds) != 0
  }

  private func send(_ answer: WorkerAnswer) throws {
    _ = try channel.send(answer.encoded())
  }

  private func answer(_ request: WorkerRequest, descriptors: [CInt]) -> WorkerAnswer {
    switch request {
    case .probe(let id, let fileExtensions):
      var results: [Result<ProbeReport, MediaFailure>] = []
      results.reserveCapacity(fileExtensions.count)
      for (descriptor, fileExtension) in zip(descriptors, fileExtensions) {
        results.append(
          Self.result { () throws(MediaFailure) in
            try jobs.probe(descriptor, fileExtension: fileExtension)
          })
      }
      return .probed(id: id, results)
    case .render(let id, let fileExtension, let probe, let request):
      guard let probe else {
        return renderAfterProbe(id, descriptors, fileExtension: fileExtension, request)
      }
      let result = Self.result { () throws(MediaFailure) in
        try render(
          descriptors[0], to: descriptors[1], fileExtension: fileExtension, probe: probe,
          request: request)
      }
      return Self.present(result).map { .rendered(id: id, $0) } ?? .referred(id: id)
    case .metadata(let id, let fileExtension, let format, let hasSidecar):
      let result = Self.result { () throws(MediaFailure) -> UInt32? in
        guard
          let metadata = try jobs.metadata(
            descriptors[0], sidecar: hasSidecar ? descriptors[2] : nil,
            fileExtension: fileExtension, format: format)
        else { return nil }
        var writer = WireWriter(reserving: 16 << 10)
        writer.write(metadata)
        try store([writer.bytes], in: descriptors[1])
        return UInt32(writer.bytes.count)
      }
      return Self.present(result).map { .described(id: id, $0) } ?? .referred(id: id)
    case .edit(let id, let isPicture, let hasFile):
      let result = Self.result { () throws(MediaFailure) -> UInt32? in
        guard
          let bytes = try jobs.edit(
            try Self.sidecarEdit(in: descriptors[0]), of: hasFile ? descriptors[2] : nil,
            isPicture: isPicture)
        else { return nil }
        try store([bytes], in: descriptors[1])
        return UInt32(clamping: bytes.count)
      }
      return Self.present(result).map { .edited(id: id, $0) } ?? .referred(id: id)
    }
  }

  private static func sidecarEdit(in descriptor: CInt) throws(MediaFailure) -> SidecarEdit {
    do {
      let bytes = try FileDescriptor.lending(descriptor) { file throws(SystemError) in
        try file.read(at: 0, count: WireLimits.sidecarEditByteCount)
      }
      var reader = WireReader(bytes[...])
      let edit = try reader.readSidecarEdit()
      try reader.finish()
      return edit
    } catch {
      throw MediaFailure(.unsupported, "What is to be written cannot be read: \(error).")
    }
  }

  /// Header and pictures in one job. Whoever asked knew nothing of the file, so what it takes is held
  /// against what was reserved before anything is decoded.
  private func renderAfterProbe(
    _ id: UInt64, _ descriptors: [CInt], fileExtension: String, _ request: RenderRequest
  ) -> WorkerAnswer {
    do throws(MediaFailure) {
      let report = try jobs.probe(descriptors[0], fileExtension: fileExtension)
      let needed = DecodeCost.reservation(for: report.probe, request: request)
      guard needed <= request.reservedByteCount,
        let layout = try render(
          descriptors[0], to: descriptors[1], fileExtension: fileExtension, probe: report.probe,
          request: request)
      else { return .probed(id: id, [.success(report)]) }
      return .rendered(id: id, .success(layout))
    } catch {
      return .rendered(id: id, .failure(error))
    }
  }

  /// The result of what may be nothing; nil for a success that is nothing.
  private static func present<Value>(
    _ result: Result<Value?, MediaFailure>
  ) -> Result<Value, MediaFailure>? {
    switch result {
    case .success(let value): value.map { .success($0) }
    case .failure(let failure): .failure(failure)
    }
  }

  private func render(
    _ file: CInt, to output: CInt, fileExtension: String, probe: Probe, request: RenderRequest
  ) throws(MediaFailure) -> RenderedLayout? {
    guard
      let result = try jobs.render(
        file, fileExtension: fileExtension, probe: probe, request: request)
    else { return nil }
    let jpegs = result.images.map(\.jpeg)
    let isSmall = jpegs.reduce(0) { $0 + $1.count } <= WireLimits.jpegsByteCount
    if !isSmall { try store(jpegs, in: output) }
    var extents: [RenderedExtent] = []
    var end = 0
    for image in result.images {
      extents.append(
        RenderedExtent(
          width: UInt32(clamping: image.width), height: UInt32(clamping: image.height),
          offset: UInt32(clamping: end), byteCount: UInt32(clamping: image.jpeg.count)))
      end += image.jpeg.count
    }
    var all: [UInt8] = []
    if isSmall {
      all.reserveCapacity(end)
      // As arrays: `joined()` goes byte by byte.
      for jpeg in jpegs { all.append(contentsOf: jpeg) }
    }
    return RenderedLayout(
      extents: extents, jpegs: all, placeholder: result.placeholder, probe: result.probe)
  }

  /// Writes `parts` one after the other into the shared memory.
  private func store(_ parts: [[UInt8]], in output: CInt) throws(MediaFailure) {
    do throws(SystemError) {
      if try SharedOutput.write(parts, to: output) { return }
    } catch {
      throw MediaFailure(.unsupported, "The result cannot be handed over: \(error).")
    }
    throw MediaFailure(
      .tooLarge, "The result has more bytes than the memory that was set aside for it.")
  }

  private static func result<Value>(
    _ body: () throws(MediaFailure) -> Value
  ) -> Result<Value, MediaFailure> {
    do throws(MediaFailure) { return .success(try body()) } catch { return .failure(error) }
  }
}
