import Glibc

/// A random generator that repeats itself from a seed (SplitMix64).
struct Random: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Ranks 0..<count, the k-th drawn with a weight of 1/(k+1)^exponent.
struct Zipf {
  private var cumulative: [Double] = []

  init(count: Int, exponent: Double) {
    var sum = 0.0
    for rank in 1...count {
      sum += 1 / exp2(exponent * log2(Double(rank)))
      cumulative.append(sum)
    }
  }

  func draw(_ random: inout Random) -> Int {
    let target = Double.random(in: 0..<(cumulative.last ?? 1), using: &random)
    var low = 0
    var high = cumulative.count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] <= target { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// How people look at a library, as the thumbnails a server is asked for.
///
/// The grid shows 6 × 10 thumbnails and asks for one more screen ahead of the direction of travel; what
/// is two screens out of reach is released, and asked for again when it comes back. A thumbnail is
/// asked for when it is prefetched and again when it is drawn.
struct Trace {
  static let assetCount = 100_000
  static let columns = 6
  static let screen = 60

  let name: String
  let meaning: String
  let requests: [Int]

  static func all(seed: UInt64) -> [Trace] {
    [gridScroll(seed: seed), jumpAround(seed: seed), revisit(seed: seed)]
  }

  /// Down through some thousand thumbnails, with small moves back, then all the way up again.
  static func gridScroll(seed: UInt64) -> Trace {
    var random = Random(seed: seed)
    var grid = Grid()
    for _ in 0..<6 {
      let top = Int.random(in: 0..<(assetCount - 8000), using: &random)
      let length = Int.random(in: 1500..<5000, using: &random)
      grid.jump(to: top)
      while grid.top < top + length {
        grid.scroll(rows: Int.random(in: 1...4, using: &random))
        if Int.random(in: 0..<12, using: &random) == 0 {
          for _ in 0..<Int.random(in: 1...15, using: &random) { grid.scroll(rows: -2) }
        }
      }
      while grid.top > top { grid.scroll(rows: -Int.random(in: 1...5, using: &random)) }
    }
    return Trace(
      name: "grid-scroll", meaning: "down some thousand thumbnails with moves back, then up again",
      requests: grid.requests)
  }

  /// The timeline's handle: favourite places again and again, a few screens around each.
  static func jumpAround(seed: UInt64) -> Trace {
    var random = Random(seed: seed &+ 1)
    let zipf = Zipf(count: 400, exponent: 0.9)
    let places = (0..<400).map { _ in Int.random(in: 0..<(assetCount - 2000), using: &random) }
    var grid = Grid()
    for _ in 0..<600 {
      grid.jump(to: places[zipf.draw(&random)])
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        grid.scroll(rows: Int.random(in: -1...4, using: &random))
      }
    }
    return Trace(
      name: "jump-around",
      meaning: "Zipf (0.9) over 400 places of the timeline, then local scrolling",
      requests: grid.requests)
  }

  /// A dozen folders browsed again and again, the viewer opened and left, and now and then a long
  /// scroll through everything.
  static func revisit(seed: UInt64) -> Trace {
    var random = Random(seed: seed &+ 2)
    let zipf = Zipf(count: 12, exponent: 0.7)
    let folders = (0..<12).map { _ in
      (
        start: Int.random(in: 0..<(assetCount - 20_000), using: &random),
        count: Int.random(in: 80..<400, using: &random)
      )
    }
    var grid = Grid()
    for visit in 0..<400 {
      if visit % 40 == 39 {
        let top = Int.random(in: 0..<(assetCount - 10_000), using: &random)
        grid.jump(to: top)
        while grid.top < top + 4000 { grid.scroll(rows: 4) }
        continue
      }
      let folder = folders[zipf.draw(&random)]
      grid.jump(to: folder.start)
      while grid.top + screen < folder.start + folder.count {
        grid.scroll(rows: Int.random(in: 1...4, using: &random))
        if Int.random(in: 0..<5, using: &random) == 0 {
          grid.view(count: Int.random(in: 1...12, using: &random), &random)
        }
      }
    }
    return Trace(
      name: "re-visit",
      meaning:
        "12 folders browsed again and again, the viewer and back, a long scroll now and then",
      requests: grid.requests)
  }

  /// What a thumbnail weighs: 4–40 KB, most of them on the light side, the same for the same key.
  static func byteCount(of asset: Int) -> Int {
    var random = Random(seed: UInt64(asset) &* 0x1234_5678_9ABC_DEF1)
    let unit = Double.random(in: 0..<1, using: &random)
    return 4096 + Int(unit * unit * 36_864)
  }
}

/// What a virtual grid asks for as it moves.
struct Grid {
  private(set) var requests: [Int] = []
  private(set) var top = 0
  private var drawn: Range<Int> = 0..<0
  private var fetched: Range<Int> = 0..<0

  mutating func jump(to place: Int) {
    top = place
    drawn = 0..<0
    fetched = 0..<0
    ask(down: true)
  }

  mutating func scroll(rows: Int) {
    top = min(max(0, top + rows * Trace.columns), Trace.assetCount - Trace.screen)
    ask(down: rows >= 0)
  }

  /// Opens the viewer on something drawn, goes through some neighbours (its strip shows nine), and
  /// comes back to a grid that is drawn anew.
  mutating func view(count: Int, _ random: inout Random) {
    var asset = top + Int.random(in: 0..<Trace.screen, using: &random)
    for _ in 0..<count {
      requests += max(0, asset - 4)..<min(Trace.assetCount, asset + 5)
      asset += 1
    }
    jump(to: top)
  }

  private mutating func ask(down: Bool) {
    let screen = Trace.screen
    let visible = top..<(top + screen)
    let ahead = down ? (top + screen)..<(top + 2 * screen) : max(0, top - screen)..<top
    let last = drawn
    requests += visible.lazy.filter { !last.contains($0) }
    let known = fetched
    requests += ahead.lazy.filter {
      !known.contains($0) && !visible.contains($0) && $0 < Trace.assetCount
    }
    drawn = visible
    fetched = min(visible.lowerBound, ahead.lowerBound)..<max(visible.upperBound, ahead.upperBound)
  }
}
