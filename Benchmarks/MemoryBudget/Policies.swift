import MemoryBudget
import Platform

/// Hit rates of every eviction policy on every trace at several cache sizes.
struct PolicyTable {
  struct Cell {
    var requests = 0
    var hits = 0
    var bytes = 0
    var hitBytes = 0
    var hitRate: Double { Double(hits) / Double(max(1, requests)) }
    var byteHitRate: Double { Double(hitBytes) / Double(max(1, bytes)) }
  }

  static let seeds: [UInt64] = [1, 2, 3, 4, 5]
  static let sizes = [4, 8, 16, 32, 64, 128]

  /// trace → size in MiB → policy → result
  private var cells: [String: [Int: [CachePolicy: Cell]]] = [:]
  private var meanings: [(name: String, meaning: String)] = []

  init(seeds: [UInt64] = Self.seeds) {
    for seed in seeds {
      for trace in Trace.all(seed: seed) {
        if !meanings.contains(where: { $0.name == trace.name }) {
          meanings.append((trace.name, trace.meaning))
        }
        for size in Self.sizes {
          for policy in CachePolicy.allCases {
            add(run(trace, byteLimit: size << 20, policy: policy), trace.name, size, policy)
          }
        }
      }
    }
  }

  private mutating func add(_ cell: Cell, _ trace: String, _ size: Int, _ policy: CachePolicy) {
    var sum = cells[trace]?[size]?[policy] ?? Cell()
    sum.requests += cell.requests
    sum.hits += cell.hits
    sum.bytes += cell.bytes
    sum.hitBytes += cell.hitBytes
    cells[trace, default: [:]][size, default: [:]][policy] = sum
  }

  /// The engine's own cache, so that what is measured is what runs.
  private func run(_ trace: Trace, byteLimit: Int, policy: CachePolicy) -> Cell {
    let budget = MemoryBudget(byteLimit: byteLimit)
    let cache = ByteCache<Int, Int>(
      account: budget.account("cache", recreationCost: .decode), budget: budget, policy: policy)
    var cell = Cell()
    for asset in trace.requests {
      let byteCount = Trace.byteCount(of: asset)
      cell.requests += 1
      cell.bytes += byteCount
      if cache.value(forKey: asset) != nil {
        cell.hits += 1
        cell.hitBytes += byteCount
      } else {
        cache.insert(asset, byteCount: byteCount, forKey: asset)
      }
    }
    return cell
  }

  private func mean(_ policy: CachePolicy, _ rate: (Cell) -> Double) -> Double {
    let rates = cells.values.flatMap { $0.values.compactMap { $0[policy].map(rate) } }
    return rates.reduce(0, +) / Double(rates.count)
  }

  /// The policy with the best mean hit rate.
  var best: CachePolicy {
    CachePolicy.allCases.max { mean($0, \.hitRate) < mean($1, \.hitRate) } ?? .lru
  }

  /// Mean hit rates of each policy in percent, over everything and over each trace.
  var meansJSON: String {
    let all = CachePolicy.allCases.map { ($0, mean($0, \.hitRate)) }
    let each = meanings.map { trace, _ in
      (
        trace,
        CachePolicy.allCases.map { policy in
          let rates = Self.sizes.compactMap { cells[trace]?[$0]?[policy]?.hitRate }
          return (policy, rates.reduce(0, +) / Double(rates.count))
        }
      )
    }
    func object(_ rates: [(CachePolicy, Double)]) -> String {
      "{" + rates.map { "\"\(title($0))\": \($1 * 100)" }.joined(separator: ", ") + "}"
    }
    return "{" + (each + [("all", all)]).map { "\"\($0)\": \(object($1))" }.joined(separator: ", ")
      + "}"
  }

  var markdown: String {
    let policies = CachePolicy.allCases
    let titles = policies.map { title($0) }
    var lines = [
      "# Cache policies",
      "",
      "Written by `swift run -c release memory-budget-benchmark policies docs/cache-policies.md`; do not",
      "edit it by hand. Hit rates of `ByteCache` with each eviction policy: \(Self.seeds.count) seeded traces a kind over",
      "a library of \(Trace.assetCount) assets, thumbnails of 4–40 KB, in each cell requests answered from",
      "memory (and the same by bytes).",
      "",
    ]
    for (name, meaning) in meanings { lines.append("- **\(name)**: \(meaning)") }
    lines += [
      "", "| trace | cache | \(titles.joined(separator: " | ")) |",
      "| --- | ---: |" + String(repeating: " ---: |", count: policies.count),
    ]
    for (name, _) in meanings {
      for size in Self.sizes {
        let row = policies.map { cells[name]?[size]?[$0] ?? Cell() }
        let top = row.map(\.hitRate).max() ?? 0
        let texts = row.map { cell in
          let rate = percent(cell.hitRate)
          return (cell.hitRate == top ? "**\(rate)**" : rate) + " (\(percent(cell.byteHitRate)))"
        }
        lines.append("| \(name) | \(size) MiB | \(texts.joined(separator: " | ")) |")
      }
    }
    let means = policies.map {
      "\(percent(mean($0, \.hitRate))) (\(percent(mean($0, \.byteHitRate))))"
    }
    lines.append("| mean | | \(means.joined(separator: " | ")) |")
    lines += [
      "",
      "Best mean: \(title(best)). `ByteCache` uses \(title(CachePolicy.standard)) unless told otherwise.",
      "",
      "A grid asks for each thumbnail twice in a row, ahead of the scroll and when it is drawn. To SIEVE and",
      "S3-FIFO that looks like reuse, so a scroll fills their caches with what will not come back (SIEVE) or",
      "the small queue is too short for the pair (S3-FIFO in small caches). LRU is hard to beat on scrolling;",
      "it loses on re-visits, where a long scroll washes the folders out. The adaptive policy stays near",
      "the better one in each: a thumbnail counts as reused only when it comes back after eviction.",
      "",
    ]
    return lines.joined(separator: "\n")
  }

  private func title(_ policy: CachePolicy) -> String {
    switch policy {
    case .lru: "LRU"
    case .sieve: "SIEVE"
    case .s3fifo: "S3-FIFO"
    case .adaptive: "adaptive"
    }
  }

  private func percent(_ rate: Double) -> String {
    let tenths = Int((rate * 1000).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}
