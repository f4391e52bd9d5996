import Glibc

/// The aspect ratio of an asset as seen, in one byte: width / height = 2^((byte − 128) / 32).
///
/// Steps of 2.2 %, from 1:16 to 16:1; more extreme ones are clamped. A grid of a million assets can
/// so be laid out from one megabyte.
public struct AspectByte: RawRepresentable, Sendable, Hashable {
  /// The byte; 128 is square or unknown.
  public let rawValue: UInt8

  /// An aspect from its byte.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The aspect of a picture; 128 when a side is unknown.
  public init(width: UInt32, height: UInt32) {
    guard width > 0, height > 0 else {
      rawValue = 128
      return
    }
    let steps = (32 * log2(Double(width) / Double(height))).rounded()
    rawValue = UInt8(max(0, min(255, 128 + steps)))
  }

  /// Width divided by height.
  public var ratio: Double { exp2((Double(rawValue) - 128) / 32) }
}
