import Catalog
import Glibc
import Platform
import Search

/// The index beside SQLite, query by query.
struct Comparison {
  /// SQLite may take so long for a query; longer ones count as this long.
  private static let boundNanoseconds: UInt64 = 60_000_000
  private static let pageCount = 200

  let data: Data
  let index: SearchIndex
  let reference: Reference
  private let stopper: Stopper

  init(_ data: Data, _ index: SearchIndex, _ directory: FilePath) throws {
    self.data = data
    self.index = index
    reference = try Reference(data, in: directory)
    stopper = Stopper(reference.database)
  }

  /// What a form of SQLite says; nil when its time was over.
  private typealias Answer = (count: Int, page: [UInt32])

  private static func answer(_ index: SearchIndex, _ question: Question) throws -> Answer {
    let result = try index.evaluate(question.node)
    return (
      result.count, try index.page(result, order: question.order, range: 0..<pageCount)
    )
  }

  /// Seconds of each query: the median of three rounds through all of them, so that nothing is remembered
  /// of it from the round before.
  private static func times(_ index: SearchIndex, _ questions: [Question]) throws -> [Double] {
    var rounds = questions.map { _ in [Double]() }
    for _ in 0..<3 {
      for (place, question) in questions.enumerated() {
        rounds[place].append(try seconds { _ = try answer(index, question) })
      }
    }
    return rounds.map { middle($0, 0.5) }
  }

  /// The index alone, what took it longest, and a wildcard that half of all tags match.
  static func time(_ index: SearchIndex, _ questions: [Question], tagCount: Int) throws {
    let times = try times(index, questions)
    for (time, question) in zip(times, questions).sorted(by: { $0.0 > $1.0 }).prefix(40) {
      let order = "\(question.order.key), ascending \(question.order.isAscending)"
      print("\(question.kind), \(order): \(Int(time * 1e6)) µs")
    }
    let half = PlanNode.anyTag((0..<tagCount / 2).map { UInt32($0 * 2 + 1) })
    let time = try seconds { _ = try index.evaluate(half) }
    report(figures("index", times) + [("halfOfTagsMicroseconds", time * 1e6)])
  }

  func run(_ questions: [Question]) throws {
    let ours = try Self.times(index, questions)
    var joins: [Double] = []
    var words: [Double] = []
    var ratios: [Double] = []
    var (stopped, stoppedWords, unequal, compared) = (0, 0, 0, 0)
    for (place, question) in questions.enumerated() {
      let answer = try Self.answer(index, question)
      let right = try reference.words(question.node)
      let count = right.reduce(0) { $0 + $1.nonzeroBitCount }
      let page = try reference.page(right, question.order, count: Self.pageCount)
      if answer.count != count || answer.page != page {
        unequal += 1
        print("not equal: \(question.kind), \(answer.count) and \(count) assets")
      }
      var times: [Double] = []
      let join = SQL.joined(question.node, count: index.tagCount)
      let (time, found) = try ask(join, question.order)
      times.append(time)
      joins.append(time)
      if let found {
        compared += 1
        if found != answer {
          unequal += 1
          print(
            "not equal to the join: \(question.kind), \(answer.count) and \(found.count) assets")
        }
      } else {
        stopped += 1
      }
      if let match = SQL.words(question.node) {
        let (time, found) = try ask(match, question.order)
        times.append(time)
        words.append(time)
        if let found {
          compared += 1
          if found != answer {
            unequal += 1
            print("not equal to FTS5: \(question.kind), \(answer.count) and \(found.count) assets")
          }
        } else {
          stoppedWords += 1
        }
      }
      ratios.append((times.min() ?? 0) / ours[place])
    }
    report(
      figures("index", ours) + figures("joins", joins) + figures("words", words) + [
        ("joinsStopped", Double(stopped)), ("wordsStopped", Double(stoppedWords)),
        ("boundMilliseconds", Double(Self.boundNanoseconds) / 1e6),
        ("queries", Double(questions.count)), ("unequal", Double(unequal)),
        ("sqlAnswersCompared", Double(compared)),
        (
          "ratioOfMedians",
          min(middle(joins, 0.5), middle(words, 0.5)) / middle(ours, 0.5)
        ),
        ("ratioQuarter", middle(ratios, 0.25)), ("ratioMedian", middle(ratios, 0.5)),
        ("ratioThreeQuarters", middle(ratios, 0.75)),
      ])
    if unequal > 0 { exit(1) }
  }

  /// Count and first page, in the time that is allowed.
  private func ask(
    _ rows: (from: String, id: String), _ order: ResultOrder
  ) throws -> (seconds: Double, answer: Answer?) {
    var answer: Answer? = (0, [])
    let time = try seconds {
      stopper.start(after: Self.boundNanoseconds)
      defer { stopper.stop() }
      do {
        try reference.forEachID("SELECT count(*) FROM \(rows.from)") { answer?.count = $0 }
        let page =
          "SELECT \(rows.id) FROM \(rows.from) ORDER BY \(SQL.order(order, id: rows.id)) LIMIT \(Self.pageCount)"
        try reference.forEachID(page) { answer?.page.append(UInt32($0)) }
      } catch let error as CatalogError where error.kind == .interrupted {
        answer = nil
      }
    }
    return (min(time, Double(Self.boundNanoseconds) / 1e9), answer)
  }
}

/// Interrupts a connection when its time is over.
final class Stopper: Sendable {
  private let database: Database
  private let end = Locked<UInt64?>(nil)

  init(_ database: Database) {
    self.database = database
    let end = end
    startDetachedThread(named: "stopper") {
      while true {
        usleep(1000)
        end.withLock { value in
          if let time = value, monotonicNanoseconds() > time {
            value = nil
            database.interrupt()
          }
        }
      }
    }
  }

  func start(after nanoseconds: UInt64) {
    end.withLock { $0 = monotonicNanoseconds() + nanoseconds }
  }

  func stop() {
    end.withLock { $0 = nil }
    database.allowWork()
  }
}
