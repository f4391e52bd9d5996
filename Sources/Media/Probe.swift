/// What can be learned from a file's header without its pixels: what grid and search need.
public struct Probe: Sendable, Hashable {
  /// What the bytes say the file is.
  public var format: MediaFormat
  /// Width of the stored raster in pixels, before `orientation`; 0 when unknown (SVG without size).
  public var storedWidth: UInt32
  /// Height of the stored raster in pixels, before `orientation`.
  public var storedHeight: UInt32
  /// How to turn the stored raster.
  public var orientation: Orientation = .up
  /// When it was taken.
  public var captureTime: CaptureTime?
  /// Camera maker, trimmed; nil when absent.
  public var cameraMake: String?
  /// Camera model, trimmed; nil when absent.
  public var cameraModel: String?
  /// Where it was taken.
  public var position: GeoPosition?
  /// Frames of an animation, pages of a TIFF; 1 for a still.
  public var frameCount: UInt32 = 1
  /// Length of a video or an animation, when the header tells.
  public var durationMilliseconds: Int64?
  /// Bits of one channel as stored (1, 2, 4, 8, 10, 12, 16, 32); 0 when unknown.
  public var bitsPerChannel: UInt8 = 8
  /// Channels as stored, alpha included; 0 when unknown.
  public var channelCount: UInt8 = 3
  /// True when there is an alpha channel or a transparent colour.
  public var hasAlpha = false
  /// Progressive JPEG, interlaced PNG or GIF: a decoder must hold the whole picture.
  public var isProgressive = false

  /// A probe with what every header tells.
  public init(format: MediaFormat, storedWidth: UInt32, storedHeight: UInt32) {
    self.format = format
    self.storedWidth = storedWidth
    self.storedHeight = storedHeight
  }

  /// Width as seen, after `orientation`.
  public var width: UInt32 { orientation.swapsAxes ? storedHeight : storedWidth }
  /// Height as seen, after `orientation`.
  public var height: UInt32 { orientation.swapsAxes ? storedWidth : storedHeight }

  /// What people call the camera; nil when neither is known.
  public var cameraName: String? { Self.cameraName(make: cameraMake, model: cameraModel) }

  /// Maker and model with a blank between, unless the model begins with its maker.
  public static func cameraName(make: String?, model: String?) -> String? {
    guard let model else { return make }
    guard let make, !model.hasPrefix(make) else { return model }
    return "\(make) \(model)"
  }
}

/// 128 bits that stand for a file's content: XXH3-128 over its size, its first 64 KiB and its last
/// 16 KiB. Equal bytes give equal fingerprints; it finds moved files without reading all of them.
public struct Fingerprint: Sendable, Hashable {
  /// The upper half.
  public let high: UInt64
  /// The lower half.
  public let low: UInt64

  /// A fingerprint from its halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}
