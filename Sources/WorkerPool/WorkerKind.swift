import Media
import WorkerProtocol

/// What a worker has loaded.
///
/// Loading the libraries behind the rarer formats costs a tenth of a second and several megabytes for
/// as long as the worker lives, so a worker starts without them and gives way to one that has them
/// when a job is for them. The libraries of single formats cost an eighth of that.
public enum WorkerKind: Int, Sendable, CaseIterable, Comparable {
  /// Headers, JPEG, PNG, WebP, TIFF and the formats Albumen reads by itself. Refers what turns out to need more.
  case lean
  /// Also the pictures that a library of their own decodes. Refers what turns out to need more.
  case picture
  /// Everything.
  case full

  /// Freed bytes that a worker without a job may hold, beyond what it takes when it is ready.
  var keptByteCount: Int { self == .full ? 0 : WorkerMemory.keptByteCount }

  /// True when a worker of this kind does what `needed` asks for.
  func serves(_ needed: WorkerKind) -> Bool { self >= needed }

  public static func < (left: WorkerKind, right: WorkerKind) -> Bool {
    left.rawValue < right.rawValue
  }

  /// What decoding a format takes.
  init(decoding format: MediaFormat) {
    switch format {
    case .jpeg, .png, .webp, .tiff, .bmp, .qoi, .tga, .ico, .psd: self = .lean
    case .heif, .avif, .jpegXL, .openEXR, .cameraRaw: self = .picture
    case .gif, .jpeg2000, .svg, .radianceHDR, .mp4, .quickTime, .matroska, .webm, .avi:
      self = .full
    }
  }
}
