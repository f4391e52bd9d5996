import Media
import Pixels
import Platform

/// The sizes thumbnails are made in.
public enum ThumbnailSize: Int, Sendable, CaseIterable, Hashable {
  /// The longer edge has 256 pixels.
  case small = 256
  /// The longer edge has 512 pixels.
  case large = 512
}

/// How urgent a thumbnail is. A job has the priority of the most urgent who waits for it.
public enum ThumbnailPriority: Int, Comparable, Sendable, CaseIterable {
  /// Nobody looks.
  case background
  /// Somebody will look soon.
  case prefetch
  /// Somebody looks at the gap.
  case visible

  public static func < (left: ThumbnailPriority, right: ThumbnailPriority) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// A finished thumbnail.
public struct Thumbnail: Sendable, Hashable {
  /// A baseline JPEG, sRGB.
  public let bytes: [UInt8]
  /// The content it shows.
  public let version: ContentVersion
  /// Its size.
  public let size: ThumbnailSize
  /// What is made of it once, e.g. an answer that sends it. Goes when the thumbnail leaves the memory.
  package let attachment = Attachment()

  /// What a thumbnail takes in memory beside its bytes: the attachment, mostly headers.
  static let attachmentByteCount = 2048

  /// A thumbnail from its parts.
  public init(bytes: [UInt8], version: ContentVersion, size: ThumbnailSize) {
    self.bytes = bytes
    self.version = version
    self.size = size
  }

  public static func == (left: Thumbnail, right: Thumbnail) -> Bool {
    left.version == right.version && left.size == right.size && left.bytes == right.bytes
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(bytes)
    hasher.combine(version)
    hasher.combine(size)
  }
}

/// Makes pictures from files: in the program a pool of sandboxed workers.
public protocol ThumbnailRenderer: Sendable {
  /// Renders one file.
  ///
  /// - Parameters:
  ///   - file: open for reading, checked to be of the content asked for.
  ///   - probe: what its header said.
  ///   - request: what to make.
  ///   - priority: how urgent it is now.
  /// - Throws: `MediaFailure` when the file is to blame; any other error when it is not.
  func render(
    _ file: OpenFile, probe: Probe, request: RenderRequest, priority: ThumbnailPriority
  ) async throws -> RenderResult
}
