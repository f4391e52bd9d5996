import Search

/// Numbers that look random and are the same every time (SplitMix64).
struct Numbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  mutating func unit() -> Double { Double(next() >> 11) / Double(1 << 53) }
}

/// The library of the benchmark: assets from 1 on, tags by Zipf's law, one more tag that everything with
/// the most frequent one has, too.
struct Data {
  static let tagsOfAsset = 30
  /// What SQLite has as columns, and orders are taken of.
  static let columns: [(column: NumericColumn, name: String)] = [
    (.captured, "captured"), (.added, "added"), (.width, "width"), (.pixels, "pixels"),
    (.byteCount, "bytes"), (.stars, "stars"), (.iso, "iso"), (.namePlace, "name"),
  ]

  let assetCount: Int
  let tagCount: Int
  private let logarithm: Double

  init(assetCount: Int, tagCount: Int) {
    self.assetCount = assetCount
    self.tagCount = tagCount
    var (power, bound) = (0.0, 1.0)
    // The natural logarithm, which the standard library has not: by halves of e.
    while bound * 1.6487212707001282 <= Double(tagCount) {
      bound *= 1.6487212707001282
      power += 0.5
    }
    logarithm = power + (Double(tagCount) / bound - 1) / 1.3
  }

  /// The tag of a rank from 1 on; ids do not tell how frequent a tag is.
  func tag(rank: Int) -> UInt32 { UInt32(rank * 48_271 % tagCount) }
  /// What has this contains all with the tag of rank 1.
  var superset: UInt32 { UInt32(tagCount) }

  /// Rank by Zipf's law: its logarithm is evenly spread.
  func rank(_ numbers: inout Numbers) -> Int {
    min(tagCount, max(1, Int(Self.exponential(numbers.unit() * logarithm))))
  }

  private static func exponential(_ value: Double) -> Double {
    // By squaring: (1 + x / 1024)^1024 is near enough for a distribution.
    var result = 1 + value / 1024
    for _ in 0..<10 { result *= result }
    return result
  }

  /// An asset with its tags.
  func asset(_ id: Int, tags: inout [UInt32]) -> AssetRow {
    var numbers = Numbers(UInt64(id) &* 0xD6E8_FEB8_6659_FD93)
    tags.removeAll(keepingCapacity: true)
    var hasFirst = false
    while tags.count < Self.tagsOfAsset {
      let rank = rank(&numbers)
      let tag = tag(rank: rank)
      if tags.contains(tag) { continue }
      hasFirst = hasFirst || rank == 1
      tags.append(tag)
    }
    if hasFirst || numbers.below(20) == 0 { tags.append(superset) }
    var row = AssetRow(id: UInt32(id))
    row[.captured] =
      numbers.below(20) == 0 ? nil : 1_104_537_600_000 + Int64(numbers.below(631_152_000)) * 1000
    row[.added] = 1_700_000_000_000 + Int64(id) * 37 + Int64(numbers.below(30))
    let side = [1024, 1536, 1920, 2048, 2560, 3000, 4000, 4032, 4608, 6000][numbers.below(10)]
    let width = numbers.below(3) == 0 ? 400 + numbers.below(6000) : side
    let height = numbers.below(3) == 0 ? 400 + numbers.below(6000) : side * 2 / 3
    row[.width] = Int64(width)
    row[.height] = Int64(height)
    row[.pixels] = Int64(width * height)
    row[.ratio] = Int64(width * 10_000 / height)
    row[.byteCount] = Int64(Double(width * height) * (0.1 + numbers.unit() * 0.6)) + 3000
    row[.stars] = Int64(numbers.below(10) < 7 ? 0 : 1 + numbers.below(5))
    if numbers.below(2) == 0 {
      row[.iso] = [100, 125, 160, 200, 400, 640, 800, 1600, 3200, 6400][numbers.below(10)]
      row[.aperture] = [140, 180, 280, 400, 560, 800, 1100][numbers.below(7)]
      row[.focalLength] = Int64(140 + numbers.below(1860))
      row[.camera] = UInt32(1 + numbers.below(120))
      row[.lens] = UInt32(1 + numbers.below(200))
    }
    if numbers.below(10) < 3 {
      row[.latitude] = Int64(numbers.below(1_400_000_000)) - 600_000_000
      row[.longitude] = Int64(numbers.below(3_600_000_000)) - 1_800_000_000
    }
    row[.tagCount] = Int64(tags.count)
    row[.generalTagCount] = Int64(tags.count - numbers.below(8))
    row[.folderPlace] = Int64(id / 500)
    row[.namePlace] = Int64(id * 48_271 % assetCount)
    row[.state] = 1
    row[.rating] = UInt32(numbers.below(5))
    row[.format] = UInt32([1, 1, 1, 1, 2, 3, 4, 9][numbers.below(8)])
    row[.year] = UInt32(2005 + numbers.below(20))
    row[.fileExtension] = row[.format]
    row.flags = numbers.below(50) == 0 ? [.favourite] : []
    row.aspect = UInt8(128 + width % 32)
    return row
  }

  /// Hands out all assets, ascending.
  func forEach(_ body: (AssetRow, [UInt32]) throws -> Void) rethrows {
    var tags: [UInt32] = []
    for id in 1...assetCount {
      let row = asset(id, tags: &tags)
      try body(row, tags)
    }
  }
}
