import Media
import Pixels

/// What `albumen` asks of a worker. One message each, with descriptors beside it.
public enum WorkerRequest: Sendable, Hashable {
  /// Probe a batch. Descriptors: the files, in the order of their extensions (lower case, may be
  /// empty).
  case probe(id: UInt64, fileExtensions: [String])
  /// Render one file. Without a probe its header is read too; if that asks for more than the request
  /// reserves, or for another worker, the answer is the report on the header alone. Descriptors: the
  /// file, the sealed memory for JPEGs that do not fit into the answer.
  case render(id: UInt64, fileExtension: String, probe: Probe?, request: RenderRequest)
  /// Read one file's deep metadata. Descriptors: the file, the sealed memory for the answer, and
  /// the XMP sidecar when there is one.
  case metadata(id: UInt64, fileExtension: String, format: MediaFormat, hasSidecar: Bool)

  /// Change XMP. Descriptors: the change, the sealed memory for what is made, and the sidecar or the
  /// picture when there is one. What is made is a packet, or for a picture the picture with it.
  case edit(id: UInt64, isPicture: Bool, hasFile: Bool)

  /// What the answer names.
  public var id: UInt64 {
    switch self {
    case .probe(let id, _), .render(let id, _, _, _), .metadata(let id, _, _, _),
      .edit(let id, _, _):
      id
    }
  }

  /// How many descriptors come along.
  public var descriptorCount: Int {
    switch self {
    case .probe(_, let fileExtensions): fileExtensions.count
    case .render: 2
    case .metadata(_, _, _, let hasSidecar): hasSidecar ? 3 : 2
    case .edit(_, _, let hasFile): hasFile ? 3 : 2
    }
  }

  /// The message's bytes.
  public func encoded() -> [UInt8] {
    var writer = WireWriter(reserving: 512)
    switch self {
    case .probe(let id, let fileExtensions):
      writer.write(UInt8(1))
      writer.write(id)
      writer.write(UInt8(clamping: fileExtensions.count))
      for name in fileExtensions {
        writer.writeText(name, limit: WireLimits.extensionByteCount)
      }
    case .render(let id, let fileExtension, let probe, let request):
      writer.write(UInt8(2))
      writer.write(id)
      writer.writeText(fileExtension, limit: WireLimits.extensionByteCount)
      writer.write(probe) { $0.write($1) }
      writer.write(request)
    case .metadata(let id, let fileExtension, let format, let hasSidecar):
      writer.write(UInt8(3))
      writer.write(id)
      writer.writeText(fileExtension, limit: WireLimits.extensionByteCount)
      writer.write(format.rawValue)
      writer.write(hasSidecar)
    case .edit(let id, let isPicture, let hasFile):
      writer.write(UInt8(4))
      writer.write(id)
      writer.write(isPicture)
      writer.write(hasFile)
    }
    return writer.bytes
  }

  /// A request from a message's bytes.
  public init(decoding bytes: ArraySlice<UInt8>) throws(WireError) {
    var reader = WireReader(bytes)
    let kind = try reader.read(UInt8.self)
    let id = try reader.read(UInt64.self)
    switch kind {
    case 1:
      let count = try reader.read(in: 1...UInt8(WireLimits.batchFileCount), "batch size")
      var names: [String] = []
      names.reserveCapacity(Int(count))
      for _ in 0..<count {
        names.append(try reader.readString(limit: WireLimits.extensionByteCount))
      }
      self = .probe(id: id, fileExtensions: names)
    case 2:
      let name = try reader.readString(limit: WireLimits.extensionByteCount)
      let probe = try reader.readOptional { reader throws(WireError) in try reader.readProbe() }
      self = .render(
        id: id, fileExtension: name, probe: probe, request: try reader.readRenderRequest())
    case 3:
      let name = try reader.readString(limit: WireLimits.extensionByteCount)
      let format = try reader.read(case: MediaFormat.self)
      self = .metadata(
        id: id, fileExtension: name, format: format, hasSidecar: try reader.readBool())
    case 4:
      let isPicture = try reader.readBool()
      self = .edit(id: id, isPicture: isPicture, hasFile: try reader.readBool())
    default:
      throw WireError("\(kind) is no kind of request")
    }
    try reader.finish()
  }
}
