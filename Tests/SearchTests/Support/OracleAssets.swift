import Media
import Search
import TestSupport

@testable import Catalog

/// What one asset is, plainly: what queries are held against without any index.
struct OracleAsset {
  var id: UInt32
  /// Places in `OracleLibrary.tags`.
  var tags: Set<Int> = []
  var numbers: [NumberField: Int64] = [:]
  var flags: Set<FlagField> = []
  /// One value each, in capitals and small letters as they come.
  var names: [NameField: String] = [:]
  var format = MediaFormat.jpeg
  /// In degrees, to seven digits.
  var position: (latitude: Double, longitude: Double)?
}

/// A library at random, of few values so that they meet.
struct OracleLibrary {
  struct Tag {
    var name: String
    var category: TagCategoryID
    var aliases: [String] = []
  }

  /// With names that have all that means something in a query.
  let tags: [Tag] =
    [
      ("cat", 0, ["kitty"]), ("dog", 0, []), ("cat ears", 0, []), ("black cat", 0, []),
      ("Bob Ross", 1, ["the painter"]), ("bobcat", 5, []), ("re:zero", 3, []), ("-_-", 0, []),
      ("fate (series)", 3, []), (":)", 0, []), ("初音ミク", 4, ["Miku", "hatsune miku"]),
      ("École", 0, []), ("x,y", 6, []), ("or", 0, []), ("a*b", 0, []), ("place/europe/rome", 0, []),
      ("place/europe", 0, []), ("place", 0, []), ("back\\slash", 6, []), ("say \"hi\"", 0, []),
      ("שלום", 0, []), ("own thing", 16, []), ("another thing", 16, []), ("rating:x", 0, []),
    ].map {
      Tag(name: $0.0, category: TagCategoryID(rawValue: UInt16($0.1)), aliases: $0.2)
    }
    + (0..<60).map { Tag(name: "tag\($0)", category: $0 % 9 == 0 ? .artist : .general) }

  let categories: [TagCategory] =
    [
      (0, "general"), (1, "artist"), (3, "copyright"), (4, "character"), (5, "species"),
      (6, "meta"),
      (16, "My Own"),
    ].map {
      TagCategory(id: TagCategoryID(rawValue: UInt16($0.0)), name: $0.1, color: 0, position: $0.0)
    }

  static let cameras = ["Canon EOS R5", "Canon EOS 5D", "NIKON Z 6, II", "Pixel 8"]
  static let lenses = ["EF 50mm f/1.8", "RF 24-70mm F2.8 L", "Nikkor Z (old)"]
  static let folders = ["", "2024", "2024/rome", "2024/rome/day 1", "2024 b", "My Pictures", "x,y"]
  static let fileNames = [
    "IMG_1.jpg", "img_22.JPG", "scan (1).png", "a*b.webp", "Ünï.tif", "clip.MP4",
  ]
  static let albums = ["Best of", "best", "2024"]
  static let pools = ["A Comic", "b"]
  /// An asset's place in its album: some other order than that of their ids.
  static func rank(of id: UInt32) -> Int64 { Int64(id) * 7919 % 10_007 }
  static let sources = ["https://example.org/?a=1,2", "Example.ORG", "https://b.net/(x)"]

  var assets: [OracleAsset] = []

  init(count: Int, seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    assets.reserveCapacity(count)
    for number in 0..<count { assets.append(asset(UInt32(number + 1), &random)) }
  }

  private func asset(_ id: UInt32, _ random: inout SeededGenerator) -> OracleAsset {
    var asset = OracleAsset(id: id)
    // The square makes the first tags frequent and the last ones rare.
    if Int.random(in: 0..<10, using: &random) > 0 {
      for _ in 0..<Int.random(in: 1...12, using: &random) {
        let part = Double.random(in: 0..<1, using: &random)
        asset.tags.insert(Int(part * part * Double(tags.count)))
      }
    }
    func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }
    for field in NumberField.allCases where !chance(8) {
      asset.numbers[field] = Self.number(field, &random)
    }
    asset.numbers[.added] = Self.number(.added, &random)
    asset.numbers[.tagcount] = Int64(asset.tags.count)
    asset.numbers[.gentags] = Int64(asset.tags.count { tags[$0].category == .general })
    for flag in FlagField.allCases where chance(6) { asset.flags.insert(flag) }
    // An asset has one state.
    if asset.flags.contains(.broken) { asset.flags.remove(.missing) }
    asset.flags.remove(.untagged)
    asset.flags.remove(.gps)
    asset.flags.remove(.video)
    if asset.tags.isEmpty { asset.flags.insert(.untagged) }
    asset.format =
      [.jpeg, .jpeg, .png, .gif, .mp4, .cameraRaw].randomElement(using: &random) ?? .jpeg
    if asset.format.kind == .video { asset.flags.insert(.video) }
    if chance(3) {
      asset.position = (
        Double(Int.random(in: -900...900, using: &random)) / 10,
        Double(Int.random(in: -1800...1800, using: &random)) / 10
      )
      asset.flags.insert(.gps)
    }
    func name(_ field: NameField, _ values: [String]) {
      if !chance(4) { asset.names[field] = values.randomElement(using: &random) }
    }
    name(.rating, ["general", "sensitive", "questionable", "explicit"])
    name(.camera, Self.cameras)
    name(.lens, Self.lenses)
    name(.source, Self.sources)
    name(.album, Self.albums)
    name(.pool, Self.pools)
    let folder = Self.folders.randomElement(using: &random) ?? ""
    let file = Self.fileNames.randomElement(using: &random) ?? ""
    asset.names[.folder] = folder
    asset.names[.filename] = file
    asset.names[.path] = folder.isEmpty ? file : "\(folder)/\(file)"
    asset.names[.ext] = String(file.drop { $0 != "." }.dropFirst())
    return asset
  }

  /// A value an asset has; queries ask for the like.
  static func number(_ field: NumberField, _ random: inout SeededGenerator) -> Int64 {
    func one(_ values: [Int64]) -> Int64 { values.randomElement(using: &random) ?? 0 }
    return switch field {
    case .stars: Int64.random(in: -1...5, using: &random)
    case .taken, .added:
      // Around the clock of the tests, at full hours and not.
      1_715_953_530_250 - Int64.random(in: 0...40, using: &random) * 20 * 86_400_000
        + one([0, -13_530_250, 7_200_000, 1])
    case .width, .height: one([640, 1080, 1920, 3000, 4000, 6000])
    case .ratio: one([5_625, 6_667, 10_000, 13_333, 15_000, 17_778, 17_786])
    case .mp: one([500_000, 2_073_600, 12_000_000, 12_192_768, 24_000_000])
    case .size: one([1000, 512_000, 1_048_576, 9_500_000, 10_000_000, 10_499_999, 1_610_612_736])
    case .duration: one([500, 89_500, 90_000, 90_499, 120_000, 3_723_500])
    case .iso: one([100, 200, 400, 3200])
    case .aperture: one([180, 280, 284, 400, 560])
    case .focal: one([240, 495, 500, 504, 700])
    case .tagcount, .gentags: Int64.random(in: 0...12, using: &random)
    }
  }
}
