/// Everything a file says about itself: EXIF, IPTC, XMP, maker notes and XMP sidecars.
///
/// The named values are what people look for; `fields` holds all of them as the file has them. It
/// comes after the fast `Probe`, in the background or when somebody opens the info panel.
public struct DeepMetadata: Sendable, Hashable {
  /// One value as the file has it.
  public struct Field: Sendable, Hashable {
    /// The full key, e.g. `Exif.Photo.FNumber` or `Xmp.dc.subject`.
    public let key: String
    /// The value for people, e.g. `F2.8`; at most 1,000 bytes.
    public let value: String

    /// A field from its parts.
    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Lens model.
  public var lens: String?
  /// Exposure time in seconds.
  public var exposureSeconds: Double?
  /// Aperture as an f-number.
  public var fNumber: Double?
  /// Sensitivity.
  public var iso: Int?
  /// Focal length in millimetres.
  public var focalLengthMillimetres: Double?
  /// Stars, 0…5; -1 is "rejected" in XMP.
  public var rating: Int?
  /// Title or headline.
  public var title: String?
  /// Caption or description.
  public var caption: String?
  /// Who made it.
  public var creator: String?
  /// Rights.
  public var copyright: String?
  /// Keywords of XMP `dc:subject`, IPTC and hierarchical subjects, each once, in file order.
  public var keywords: [String] = []
  /// What Albumen itself wrote beside or into the file; nil when it never did.
  public var state: SidecarState?
  /// Every value, in file order, at most `maximumFieldCount`.
  public var fields: [Field] = []

  /// More fields than this are dropped; real files have a few hundred.
  public static let maximumFieldCount = 2000

  /// Metadata that says nothing.
  public init() {}
}
