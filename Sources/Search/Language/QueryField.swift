/// A word that, with a colon behind it, is not a category but part of the language.
package struct QueryField: Sendable, Hashable {
  /// What kind of values it takes.
  package enum Kind: Sendable, Hashable {
    case number(NumberField)
    case names(NameField)
    /// `is:` or, of possessions, `has:`.
    case flag(isPossession: Bool)
    /// `fav:yes`.
    case yesOrNo(FlagField)
    case near, similar, order, limit
    /// `any:2(a b c)`.
    case any
    /// `tag:"any name"`.
    case tag
  }

  /// In small letters, without the colon.
  package let name: String
  package let kind: Kind
  /// What one could type, for messages and completion.
  package let example: String
  /// What it finds, in a few words.
  package let summary: String

  /// All of them, in the order of the manual.
  package static let all: [QueryField] = [
    QueryField("tag", .tag, "tag:\"any name\"", "A tag whose name has blanks or signs in it"),
    QueryField("any", .any, "any:2(a b c)", "At least so many of a list"),
    QueryField("rating", .names(.rating), "rating:general", "How explicit it is"),
    QueryField("stars", .number(.stars), "stars:>=3", "Stars, 0 to 5; -1 is rejected"),
    QueryField("fav", .yesOrNo(.favourite), "fav:yes", "Favourites"),
    QueryField("taken", .number(.taken), "taken:2024-05", "When it was taken"),
    QueryField("date", .number(.taken), "date:2024", "The same as taken"),
    QueryField("added", .number(.added), "added:last:7d", "When the library first saw it"),
    QueryField("width", .number(.width), "width:>=3000", "Width in pixels"),
    QueryField("height", .number(.height), "height:<1000", "Height in pixels"),
    QueryField("ratio", .number(.ratio), "ratio:16:9", "Width by height"),
    QueryField("mp", .number(.mp), "mp:>=12", "Megapixels"),
    QueryField("size", .number(.size), "size:>10mb", "Size of the file"),
    QueryField("duration", .number(.duration), "duration:<2m", "Length of a video"),
    QueryField("ext", .names(.ext), "ext:jpg,png", "The file name's ending"),
    QueryField("type", .names(.type), "type:video", "Format, or image or video"),
    QueryField("camera", .names(.camera), "camera:canon", "Camera"),
    QueryField("lens", .names(.lens), "lens:\"50mm f/1.8\"", "Lens"),
    QueryField("iso", .number(.iso), "iso:100..400", "Sensitivity"),
    QueryField("f", .number(.aperture), "f:<=2.8", "Aperture"),
    QueryField("focal", .number(.focal), "focal:24..70", "Focal length in millimetres"),
    QueryField("gps", .yesOrNo(.gps), "gps:yes", "Whether it is known where"),
    QueryField("near", .near, "near:41.9,12.5,10", "Within so many kilometres of a place"),
    QueryField("path", .names(.path), "path:holiday", "Part of the path"),
    QueryField("folder", .names(.folder), "folder:2024/rome", "In a folder and those below"),
    QueryField("filename", .names(.filename), "filename:img_*", "Part of the file's name"),
    QueryField("album", .names(.album), "album:best", "In an album"),
    QueryField("pool", .names(.pool), "pool:comic", "In a pool"),
    QueryField("source", .names(.source), "source:example.org", "Where it came from"),
    QueryField("tagcount", .number(.tagcount), "tagcount:<5", "How many tags it has"),
    QueryField("gentags", .number(.gentags), "gentags:0", "How many general tags it has"),
    QueryField("is", .flag(isPossession: false), "is:video", "What it is"),
    QueryField("has", .flag(isPossession: true), "has:gps", "What it has"),
    QueryField("similar", .similar, "similar:123", "What looks like a picture, by its number"),
    QueryField("order", .order, "order:new", "In which order"),
    QueryField("limit", .limit, "limit:100", "How many at most"),
  ]

  private init(_ name: String, _ kind: Kind, _ example: String, _ summary: String) {
    self.name = name
    self.kind = kind
    self.example = example
    self.summary = summary
  }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// The field of this name, which is in small letters. A category of that name is reached by an escape
  /// only (`\rating:a`), so catalogs do not let one be made.
  package static func named(_ name: String) -> QueryField? { byName[name] }

  /// The words it takes, when they are few; those people choose from. Empty when it takes others.
  package var words: [String] {
    switch kind {
    case .names(.rating): FieldWords.ratings
    case .names(.type): FieldWords.types
    case .flag(let isPossession):
      FlagField.allCases.filter { $0.isPossession == isPossession }.map(\.rawValue)
    case .yesOrNo: ["yes", "no"]
    case .order: FieldWords.orders
    default: []
    }
  }
}
