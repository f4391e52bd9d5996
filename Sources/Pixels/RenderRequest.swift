import Media

/// An opaque colour: sRGB, 8 bits a channel.
public struct RGB: Sendable, Hashable {
  public let red: UInt8
  public let green: UInt8
  public let blue: UInt8

  /// A colour from its parts.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A neutral dark grey, close to the page's tiles in both of its schemes.
  public static let tile = RGB(red: 40, green: 42, blue: 46)
}

/// What to make from one file, all of it from one decode.
public struct RenderRequest: Sendable, Hashable {
  /// The longer edges wanted, in pixels (1…16,384 each, at most `maximumSizeCount`), e.g. [256, 512].
  /// A picture smaller than a size is not enlarged.
  public var maxPixelSizes: [Int]
  /// Quality of the JPEGs, 1…100.
  public var jpegQuality: Int
  /// What shows through where the picture is transparent.
  public var background: RGB
  /// Whether the few bytes of `Placeholder` are wanted too.
  public var wantsPlaceholder: Bool
  /// Whether a picture that comes out of a reduced decode up to 3 % smaller than the largest size may
  /// be enlarged to it, where the next larger decode costs many times as much. For thumbnails: nobody
  /// sees it in them.
  public var mayEnlargeSlightly: Bool
  /// The bytes the job may use: `DecodeCost.reservation` or less. A decoder that can choose between
  /// a large and a small way of working obeys it; 0 means "not limited".
  public var reservedByteCount: Int

  /// More sizes than this are refused.
  public static let maximumSizeCount = 8
  /// The largest size that can be asked for.
  public static let maximumPixelSize = 16_384

  /// A request from its parts.
  public init(
    maxPixelSizes: [Int], jpegQuality: Int = 82, background: RGB = .tile,
    wantsPlaceholder: Bool = true, mayEnlargeSlightly: Bool = false, reservedByteCount: Int = 0
  ) {
    self.maxPixelSizes = maxPixelSizes
    self.jpegQuality = jpegQuality
    self.background = background
    self.wantsPlaceholder = wantsPlaceholder
    self.mayEnlargeSlightly = mayEnlargeSlightly
    self.reservedByteCount = reservedByteCount
  }

  /// The largest size asked for; 1 when none is.
  public var largestPixelSize: Int { max(1, maxPixelSizes.max() ?? 1) }

  /// The longest edge from which the largest size can be made.
  public var sufficientPixelSize: Int {
    guard mayEnlargeSlightly else { return largestPixelSize }
    let wanted = min(largestPixelSize, Self.maximumPixelSize)
    return (wanted * 100 + Self.enlargedPercent - 1) / Self.enlargedPercent
  }

  /// The most pixels an edge of a result may have that is made from one of so many.
  public func mostPixels(from edge: Int) -> Int {
    mayEnlargeSlightly ? (edge * Self.enlargedPercent + 99) / 100 : edge
  }

  /// Cameras of 12 megapixels make pictures of 4,000 to 4,080 pixels, an eighth of which is just below
  /// 512; much of what is on the web has 2,000.
  private static let enlargedPercent = 103
}

/// One finished picture.
public struct RenderedImage: Sendable, Hashable {
  /// Width in pixels, upright.
  public let width: Int
  /// Height in pixels, upright.
  public let height: Int
  /// A baseline JPEG, sRGB, without metadata.
  public let jpeg: [UInt8]

  /// A picture from its parts.
  public init(width: Int, height: Int, jpeg: [UInt8]) {
    self.width = width
    self.height = height
    self.jpeg = jpeg
  }
}

/// What a render made.
public struct RenderResult: Sendable, Hashable {
  /// One picture for each size of the request, in its order.
  public var images: [RenderedImage]
  /// The bytes of `Placeholder`; empty when they were not asked for.
  public var placeholder: [UInt8]
  /// The probe of the request, with what decoding found out added to it.
  public var probe: Probe

  /// A result from its parts.
  public init(images: [RenderedImage], placeholder: [UInt8], probe: Probe) {
    self.images = images
    self.placeholder = placeholder
    self.probe = probe
  }
}
