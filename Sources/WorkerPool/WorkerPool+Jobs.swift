import Media
import MemoryBudget
import Pixels
import Platform
import WorkerProtocol

extension WorkerPool {
  /// Reads the headers of up to `batchFileCount` files in one message.
  ///
  /// Several calls at once keep every worker busy; the order of the results is that of the files.
  /// A file that kills its worker is found by probing the batch's files one by one.
  ///
  /// - Throws: `CancellationError`, `WorkerPoolError`. What is wrong with a file is in its result.
  public func probe(
    _ files: [OpenFile]
  ) async throws -> [Result<ProbeReport, MediaFailure>] {
    precondition(files.count <= Self.batchFileCount, "a batch has at most 64 files")
    if files.isEmpty { return [] }
    let place = SlotHold(try await scheduler.acquire(.probe, kind: available(.lean)), scheduler)
    defer { place.release() }
    var strikes = 0
    if files.count > 1 {
      switch try await attemptProbe(files, at: place) {
      case .success(let results): return results
      case .failure: break
      }
      // One of them is at fault: each has had its first chance, and gets one more, alone.
      strikes = 1
    }
    var results: [Result<ProbeReport, MediaFailure>] = []
    for file in files {
      results.append(try await probeAlone(file, at: place, strikes: strikes))
    }
    return results
  }

  /// Makes small pictures (and the placeholder) from a file, all from one decode.
  ///
  /// - Parameters:
  ///   - file: the file.
  ///   - probe: what `probe` said about it; decides what the job reserves when the request does not.
  ///   - request: what to make.
  ///   - priority: who waits for it.
  /// - Throws: `MediaFailure` for a bad file (`.overBudget` when it can never fit, `.timedOut`,
  ///   `.quarantined` when it killed two workers), `CancellationError`, `WorkerPoolError`.
  public func render(
    _ file: OpenFile, probe: Probe, request: RenderRequest, priority: JobPriority
  ) async throws -> RenderResult {
    var request = request
    if request.reservedByteCount <= 0 {
      request.reservedByteCount = DecodeCost.reservation(for: probe, request: request)
    }
    let outputByteCount = Self.outputByteCount(for: probe, request: request)
    let (needed, overflows) = request.reservedByteCount.addingReportingOverflow(outputByteCount)
    let work = ExclusiveWork(
      kind: available(WorkerKind(decoding: probe.format)),
      neededByteCount: overflows ? .max : needed, reservedByteCount: request.reservedByteCount,
      outputByteCount: outputByteCount,
      request: { [request] id in
        .render(
          id: id, fileExtension: file.path.fileExtension, probe: probe, request: request)
      },
      files: [file],
      accept: { [request] answer, output throws(WireError) in
        .pictures(try AnswerCheck.pictures(answer, request: request, output: output))
      })
    guard case .pictures(let result) = try await run(work, priority: priority) else {
      preconditionFailure("a render makes pictures")
    }
    return try result.get()
  }

  /// The same from a file nobody has probed: header and pictures in one job. Files that take more than
  /// a large photograph, or other decoders, take a second one.
  ///
  /// - Throws: as `render` with a probe.
  public func render(
    _ file: OpenFile, request: RenderRequest, priority: JobPriority
  ) async throws -> RenderResult {
    var guess = request
    guess.reservedByteCount = DecodeCost.reservation(for: Self.largePhotograph, request: request)
    let unknown = Probe(format: .jpeg, storedWidth: 0, storedHeight: 0)
    let outputByteCount = Self.outputByteCount(for: unknown, request: request)
    let (needed, overflows) = guess.reservedByteCount.addingReportingOverflow(outputByteCount)
    let probe: Probe
    if !overflows, hasRoom(for: needed) {
      let work = ExclusiveWork(
        kind: available(.lean), neededByteCount: needed,
        reservedByteCount: guess.reservedByteCount, outputByteCount: outputByteCount,
        request: { [guess] id in
          .render(id: id, fileExtension: file.path.fileExtension, probe: nil, request: guess)
        },
        files: [file],
        accept: { [guess] answer, output throws(WireError) in
          try AnswerCheck.picturesOrProbe(answer, request: guess, output: output)
        })
      switch try await run(work, priority: priority) {
      case .pictures(let result): return try result.get()
      case .probes(let results): probe = try results[0].get().probe
      case .metadata, .edited: preconditionFailure("a render makes pictures")
      }
    } else {
      // Its own needs may be less.
      probe = try await self.probe([file])[0].get().probe
    }
    return try await render(file, probe: probe, request: request, priority: priority)
  }

  /// What a file nobody knows is taken for: most are not larger.
  static let largePhotograph = Probe(format: .jpeg, storedWidth: 6000, storedHeight: 4000)

  /// Reads everything a file, and its XMP sidecar, say about it.
  ///
  /// - Throws: as `render`.
  public func metadata(
    _ file: OpenFile, sidecar: OpenFile?, format: MediaFormat, priority: JobPriority
  ) async throws -> DeepMetadata {
    let output = WireLimits.metadataByteCount
    let reserved = Self.metadataByteCount(of: file)
    let work = ExclusiveWork(
      kind: .full, neededByteCount: reserved + output, reservedByteCount: reserved,
      outputByteCount: output,
      request: { id in
        .metadata(
          id: id, fileExtension: file.path.fileExtension, format: format,
          hasSidecar: sidecar != nil)
      },
      files: [file], sidecar: sidecar,
      accept: { answer, output throws(WireError) in
        .metadata(try AnswerCheck.metadata(answer, output: output))
      })
    guard case .metadata(let result) = try await run(work, priority: priority) else {
      preconditionFailure("a metadata job makes metadata")
    }
    return try result.get()
  }

  /// What reading metadata may take in a worker: the blocks of the file that hold it, at most the
  /// file or 32 MiB, twice over, and the values.
  static func metadataByteCount(of file: OpenFile) -> Int {
    let byteCount = (try? file.descriptor.status())?.st_size ?? .max
    return min(max(byteCount, 0), 32 << 20) * 2 + (8 << 20)
  }

  /// Room for the JPEGs of a request: three bytes a pixel are more than the worst picture takes.
  static func outputByteCount(for probe: Probe, request: RenderRequest) -> Int {
    var sum = 0
    for size in request.maxPixelSizes {
      var width = size
      var height = size
      if probe.width > 0 && probe.height > 0 {
        let longer = Int(max(probe.width, probe.height))
        width = max(1, min(size, Int(probe.width) * size / longer + 1))
        height = max(1, min(size, Int(probe.height) * size / longer + 1))
      }
      sum += width * height * 3 + (64 << 10)
    }
    return min((sum + 4095) & ~4095, WireLimits.outputByteCount)
  }

  // MARK: Probes

  /// One attempt at a batch: the results, or how the worker was lost over it.
  private func attemptProbe(
    _ files: [OpenFile], at place: SlotHold
  ) async throws -> Result<[Result<ProbeReport, MediaFailure>], WorkerLoss> {
    let names = files.map { $0.path.fileExtension }
    let outcome = try await attempt(
      at: place, lane: .probe, kind: available(.lean), byteCount: Self.probeByteCount
    ) { slot, base in
      Assignment(
        slot: slot, kind: available(.lean),
        request: .probe(id: makeIdentifier(), fileExtensions: names), files: files,
        memoryByteCount: Self.probeByteCount, mappedByteCount: 0,
        timeLimitNanoseconds: Self.nanoseconds(configuration.jobTimeLimit), base: base,
        accept: { answer throws(WireError) in
          guard case .probed(_, let results) = answer, results.count == names.count else {
            throw WireError("not the results of the batch")
          }
          return .probes(results)
        })
    }
    switch outcome {
    case .success(.probes(let results)): return .success(results)
    case .success: preconditionFailure("a batch makes probes")
    case .failure(let loss): return .failure(loss)
    }
  }

  private func probeAlone(
    _ file: OpenFile, at place: SlotHold, strikes: Int
  ) async throws -> Result<ProbeReport, MediaFailure> {
    var strikes = strikes
    while true {
      switch try await attemptProbe([file], at: place) {
      case .success(let results): return results[0]
      case .failure(.timedOut): return .failure(timedOut())
      case .failure(.referred): preconditionFailure("the engine takes no referral of a probe")
      case .failure(.crashed(let how)):
        strikes += 1
        if strikes > 1 { return .failure(Self.quarantined(how)) }
      }
    }
  }

  // MARK: Failures

  func timedOut() -> MediaFailure {
    MediaFailure(
      .timedOut,
      "Its decoder was stopped after \(configuration.jobTimeLimit); a slow disk or a hostile file.")
  }

  static func quarantined(_ how: String) -> MediaFailure {
    MediaFailure(
      .quarantined,
      "It ended its decoder twice (\(how)) and is left alone until it changes.")
  }
}
