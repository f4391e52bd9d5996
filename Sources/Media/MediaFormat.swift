/// A file format, known by its magic bytes (never by its extension alone).
///
/// The raw values are stored in catalogs and sent between processes: never renumber them.
public enum MediaFormat: UInt8, Sendable, CaseIterable, Hashable {
  case jpeg = 1
  case png = 2
  case gif = 3
  case webp = 4
  case tiff = 5
  case bmp = 6
  case heif = 7
  case avif = 8
  case jpegXL = 9
  case jpeg2000 = 10
  case svg = 11
  case radianceHDR = 12
  case openEXR = 13
  case cameraRaw = 14
  case mp4 = 15
  case quickTime = 16
  case matroska = 17
  case webm = 18
  case avi = 19
  case qoi = 20
  case tga = 21
  case ico = 22
  case psd = 23

  /// What the page and the filters call it: a picture or a video.
  public enum Kind: UInt8, Sendable { case image = 1, video = 2 }

  /// Whether it is a picture or a video.
  public var kind: Kind {
    switch self {
    case .mp4, .quickTime, .matroska, .webm, .avi: .video
    default: .image
    }
  }

  /// The short lower-case name used in the API and on the command line.
  public var name: String {
    switch self {
    case .jpeg: "jpeg"
    case .png: "png"
    case .gif: "gif"
    case .webp: "webp"
    case .tiff: "tiff"
    case .bmp: "bmp"
    case .heif: "heif"
    case .avif: "avif"
    case .jpegXL: "jxl"
    case .jpeg2000: "jp2"
    case .svg: "svg"
    case .radianceHDR: "hdr"
    case .openEXR: "exr"
    case .cameraRaw: "raw"
    case .mp4: "mp4"
    case .quickTime: "mov"
    case .matroska: "mkv"
    case .webm: "webm"
    case .avi: "avi"
    case .qoi: "qoi"
    case .tga: "tga"
    case .ico: "ico"
    case .psd: "psd"
    }
  }

  /// The media type an original is served with.
  public var mediaType: String {
    switch self {
    case .jpeg: "image/jpeg"
    case .png: "image/png"
    case .gif: "image/gif"
    case .webp: "image/webp"
    case .tiff: "image/tiff"
    case .bmp: "image/bmp"
    case .heif: "image/heif"
    case .avif: "image/avif"
    case .jpegXL: "image/jxl"
    case .jpeg2000: "image/jp2"
    case .svg: "image/svg+xml"
    case .radianceHDR: "image/vnd.radiance"
    case .openEXR: "image/x-exr"
    case .cameraRaw: "image/x-raw"
    case .mp4: "video/mp4"
    case .quickTime: "video/quicktime"
    case .matroska: "video/x-matroska"
    case .webm: "video/webm"
    case .avi: "video/x-msvideo"
    case .qoi: "image/x-qoi"
    case .tga: "image/x-tga"
    case .ico: "image/vnd.microsoft.icon"
    case .psd: "image/vnd.adobe.photoshop"
    }
  }

  /// The extensions a scan looks at, in lower case; the bytes decide what the file is.
  public var fileExtensions: [String] {
    switch self {
    case .jpeg: ["jpg", "jpeg", "jpe", "jfif", "mpo"]
    case .png: ["png", "apng"]
    case .gif: ["gif"]
    case .webp: ["webp"]
    case .tiff: ["tif", "tiff"]
    case .bmp: ["bmp", "dib"]
    case .heif: ["heic", "heif", "heifs", "heics", "hif"]
    case .avif: ["avif", "avifs"]
    case .jpegXL: ["jxl"]
    case .jpeg2000: ["jp2", "j2k", "jpf", "jpx", "j2c", "jpc"]
    case .svg: ["svg", "svgz"]
    case .radianceHDR: ["hdr", "pic", "rgbe"]
    case .openEXR: ["exr"]
    case .cameraRaw:
      [
        "cr2", "cr3", "crw", "nef", "nrw", "arw", "srf", "sr2", "orf", "rw2", "raf", "pef", "dng",
        "3fr", "iiq", "rwl", "srw", "x3f", "kdc", "dcr", "erf", "mos", "mrw", "raw",
      ]
    case .mp4: ["mp4", "m4v"]
    case .quickTime: ["mov", "qt"]
    case .matroska: ["mkv"]
    case .webm: ["webm"]
    case .avi: ["avi"]
    case .qoi: ["qoi"]
    case .tga: ["tga"]
    case .ico: ["ico"]
    case .psd: ["psd", "psb"]
    }
  }

  /// Every extension a scan looks at.
  public static let scannedExtensions: Set<String> = Set(allCases.flatMap(\.fileExtensions))

  /// The format with this `name`; nil when there is none.
  public init?(name: String) {
    guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = match
  }
}
