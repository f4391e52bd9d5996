import Media
import MemoryBudget
import Platform
import WorkerProtocol

/// What an edit made, in shared memory that is charged as long as this lives.
///
/// The worker can still write there while it lives: these bytes are no more to be trusted than what
/// they were made of.
public final class EditedFile: Sendable {
  /// The memory; read it from its start.
  public let memory: OpenFile
  /// How many bytes of it count.
  public let byteCount: Int
  private let reservation: HeldReservation

  init(memory: OpenFile, byteCount: Int, reservation: consuming Reservation) {
    self.memory = memory
    self.byteCount = byteCount
    self.reservation = HeldReservation(reservation)
  }
}

extension WorkerPool {
  /// A new XMP sidecar: what `sidecar` says, if there is one, with a change in it.
  ///
  /// - Throws: as `render`; `.corrupt` for a sidecar that cannot be read, `.tooLarge`.
  public func writeSidecar(
    _ edit: SidecarEdit, to sidecar: OpenFile?, priority: JobPriority
  ) async throws -> EditedFile {
    let byteCount = (try? sidecar?.descriptor.status())?.st_size ?? 0
    guard byteCount <= WireLimits.sidecarByteCount else {
      throw MediaFailure(
        .tooLarge,
        "The XMP sidecar has \(byteCount) bytes; at most \(WireLimits.sidecarByteCount) are read.")
    }
    // XMP as a tree takes many times its text.
    return try await self.edit(
      edit, of: sidecar, isPicture: false, reserved: 16 * byteCount + (16 << 20),
      outputByteCount: WireLimits.sidecarByteCount, priority: priority)
  }

  /// The bytes of a picture with a change of the XMP in them. The picture itself is only read.
  ///
  /// - Throws: as `render`; `.unsupported` for a format that cannot be written, `.tooLarge`.
  public func embed(
    _ edit: SidecarEdit, in picture: OpenFile, priority: JobPriority
  ) async throws -> EditedFile {
    let byteCount = (try? picture.descriptor.status())?.st_size ?? .max
    guard byteCount <= WireLimits.embeddingByteCount else {
      throw MediaFailure(
        .tooLarge,
        "It has \(byteCount) bytes; metadata is put into files of at most "
          + "\(WireLimits.embeddingByteCount). Export a sidecar.")
    }
    // The file, and the copy on its way out.
    return try await self.edit(
      edit, of: picture, isPicture: true, reserved: 3 * byteCount + (16 << 20),
      outputByteCount: byteCount + WireLimits.sidecarByteCount, priority: priority)
  }

  private func edit(
    _ edit: SidecarEdit, of file: OpenFile?, isPicture: Bool, reserved: Int, outputByteCount: Int,
    priority: JobPriority
  ) async throws -> EditedFile {
    var writer = WireWriter(reserving: 4 << 10)
    writer.write(edit)
    let words = try SharedOutput.make(byteCount: writer.bytes.count)
    _ = try SharedOutput.write([writer.bytes], to: words.rawValue)
    let output = (outputByteCount + 4095) & ~4095
    let work = ExclusiveWork(
      kind: .full, neededByteCount: reserved + output, reservedByteCount: reserved,
      outputByteCount: output,
      request: { id in .edit(id: id, isPicture: isPicture, hasFile: file != nil) },
      files: [OpenFile(descriptor: words, path: "memory")], sidecar: file,
      accept: { answer, output throws(WireError) in
        .edited(try AnswerCheck.edited(answer, output: output))
      })
    guard case .edited(let result) = try await run(work, priority: priority) else {
      preconditionFailure("an edit makes a file")
    }
    let made = try result.get()
    return EditedFile(
      memory: made.memory, byteCount: made.byteCount,
      reservation: try await budget.reserve(made.byteCount, for: jobAccount))
  }
}
