import Media
import Pixels

/// Where a finished picture lies: in the answer itself, or in the shared memory.
public struct RenderedExtent: Sendable, Hashable {
  /// Width in pixels, upright.
  public var width: UInt32
  /// Height in pixels, upright.
  public var height: UInt32
  /// The JPEG's first byte.
  public var offset: UInt32
  /// The JPEG's length.
  public var byteCount: UInt32

  /// An extent from its parts.
  public init(width: UInt32, height: UInt32, offset: UInt32, byteCount: UInt32) {
    self.width = width
    self.height = height
    self.offset = offset
    self.byteCount = byteCount
  }
}

/// What a render made. JPEGs that are too large for a message are in the shared memory.
public struct RenderedLayout: Sendable, Hashable {
  /// One extent for each size asked for.
  public var extents: [RenderedExtent]
  /// The JPEGs one after the other; empty when they are in the shared memory.
  public var jpegs: [UInt8]
  /// The bytes of the placeholder; empty when not asked for.
  public var placeholder: [UInt8]
  /// The probe with what decoding found out.
  public var probe: Probe

  /// A layout from its parts.
  public init(
    extents: [RenderedExtent], jpegs: [UInt8] = [], placeholder: [UInt8], probe: Probe
  ) {
    self.extents = extents
    self.jpegs = jpegs
    self.placeholder = placeholder
    self.probe = probe
  }
}

/// What a worker says. None of it is believed before it is checked.
public enum WorkerAnswer: Sendable, Hashable {
  /// The first message: confined and ready.
  case hello(version: UInt16)
  /// A sentence for the log, e.g. what the kernel lacks.
  case notice(String)
  /// One result for each file of a batch, in its order.
  case probed(id: UInt64, [Result<ProbeReport, MediaFailure>])
  /// What a render made, or why it made nothing. A render without a probe may be answered with
  /// `probed` instead.
  case rendered(id: UInt64, Result<RenderedLayout, MediaFailure>)
  /// How many bytes of metadata lie in the shared memory.
  case described(id: UInt64, Result<UInt32, MediaFailure>)
  /// How many bytes an edit put into the shared memory.
  case edited(id: UInt64, Result<UInt32, MediaFailure>)
  /// Of any worker but a full one: the job takes the decoders of that.
  case referred(id: UInt64)

  /// The message's bytes.
  public func encoded() -> [UInt8] {
    var writer: WireWriter
    switch self {
    case .hello(let version):
      writer = WireWriter(reserving: 16)
      writer.write(UInt8(1))
      writer.write(version)
    case .notice(let text):
      writer = WireWriter()
      writer.write(UInt8(2))
      writer.writeText(text, limit: WireLimits.noticeByteCount)
    case .probed(let id, let results):
      writer = WireWriter(reserving: 16 + results.count * 128)
      writer.write(UInt8(3))
      writer.write(id)
      writer.write(UInt8(clamping: results.count))
      for result in results { writer.write(result) { $0.write($1) } }
    case .rendered(let id, let result):
      writer = WireWriter(reserving: 1024 + ((try? result.get())?.jpegs.count ?? 0))
      writer.write(UInt8(4))
      writer.write(id)
      writer.write(result) { writer, layout in
        writer.write(UInt8(clamping: layout.extents.count))
        for extent in layout.extents {
          writer.write(extent.width)
          writer.write(extent.height)
          writer.write(extent.offset)
          writer.write(extent.byteCount)
        }
        writer.write(layout.jpegs)
        writer.write(layout.placeholder)
        writer.write(layout.probe)
      }
    case .described(let id, let result):
      writer = WireWriter()
      writer.write(UInt8(5))
      writer.write(id)
      writer.write(result) { $0.write($1) }
    case .referred(let id):
      writer = WireWriter(reserving: 16)
      writer.write(UInt8(6))
      writer.write(id)
    case .edited(let id, let result):
      writer = WireWriter()
      writer.write(UInt8(7))
      writer.write(id)
      writer.write(result) { $0.write($1) }
    }
    return writer.bytes
  }

  /// An answer from a message's bytes. What belongs to a request (counts, sizes, ids) is checked
  /// by whoever knows the request.
  public init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
    var reader = WireReader(bytes)
    let kind = try reader.read(UInt8.self)
    switch kind {
    case 1:
      self = .hello(version: try reader.read())
    case 2:
      self = .notice(try reader.readString(limit: WireLimits.noticeByteCount))
    case 3:
      let id = try reader.read(UInt64.self)
      let count = try reader.read(in: 1...UInt8(WireLimits.batchFileCount), "batch size")
      var results: [Result<ProbeReport, MediaFailure>] = []
      results.reserveCapacity(Int(count))
      for _ in 0..<count {
        results.append(
          try reader.readResult { reader throws(WireError) in try reader.readReport() })
      }
      self = .probed(id: id, results)
    case 4:
      let id = try reader.read(UInt64.self)
      self = .rendered(
        id: id,
        try reader.readResult { reader throws(WireError) in try Self.readLayout(&reader) })
    case 5:
      let id = try reader.read(UInt64.self)
      self = .described(
        id: id,
        try reader.readResult { reader throws(WireError) in
          try reader.read(in: 0...UInt32(WireLimits.metadataByteCount), "metadata length")
        })
    case 6:
      self = .referred(id: try reader.read())
    case 7:
      let id = try reader.read(UInt64.self)
      self = .edited(
        id: id,
        try reader.readResult { reader throws(WireError) in
          try reader.read(in: 1...UInt32(WireLimits.outputByteCount), "length")
        })
    default:
      throw WireError("\(kind) is no kind of answer")
    }
    try reader.finish()
  }

  private static func readLayout(
    _ reader: inout WireReader
  ) throws(WireError) -> RenderedLayout {
    let count = try reader.read(in: 1...UInt8(RenderRequest.maximumSizeCount), "picture count")
    let edge = UInt32(1)...UInt32(RenderRequest.maximumPixelSize)
    let length = UInt32(0)...UInt32(WireLimits.outputByteCount)
    var extents: [RenderedExtent] = []
    for _ in 0..<count {
      let width = try reader.read(in: edge, "width")
      let height = try reader.read(in: edge, "height")
      let offset = try reader.read(in: length, "offset")
      extents.append(
        RenderedExtent(
          width: width, height: height, offset: offset,
          byteCount: try reader.read(in: length, "length")))
    }
    let jpegs = try reader.readBytes(limit: WireLimits.jpegsByteCount)
    let placeholder = try reader.readBytes(limit: WireLimits.placeholderByteCount)
    return RenderedLayout(
      extents: extents, jpegs: jpegs, placeholder: placeholder, probe: try reader.readProbe())
  }
}
