import Library
import Platform

extension Command {
  /// `albumen memory LIB`
  static let memory = Command(
    name: "memory",
    summary: "show the ledger against the measured memory",
    operands: "LIB",
    discussion: """
      Shows who holds how many bytes of the budget: of the server that runs on the library, or of the
      last command that worked on it. Measured is the sum of PSS over all processes; what the ledger
      does not know is its own line.
      """,
    options: [.flag("json", "as the API's /api/v1/memory tells it")],
    examples: [("albumen memory ~/Pictures", "the table")]
  ) { arguments, console in
    let directory = try LibraryArguments.directory(arguments)
    let bytes: [UInt8]
    let source: String
    if let server = ServerRecord.running(in: directory) {
      let pool = BlockingPool(name: "client", threadCount: 1)
      defer { pool.shutDown() }
      bytes = try await pool.run { try LoopbackClient.get("/api/v1/memory", from: server.address) }
      source = "the running server"
    } else {
      // Before the last run is looked for: who has the library now may leave its own in between.
      let holder = LibraryHolder.of(directory)
      guard let last = MemoryRecord.load(from: directory) else {
        throw CommandFailure(
          holder.map { "\(words(for: $0, at: directory)); its memory is shown when it has ended" }
            ?? "nothing has run on \(directory) to its end yet; "
            + "`albumen scan` or `albumen serve` will")
      }
      if let holder {
        console.note("\(words(for: holder, at: directory)); shown is the run before")
      }
      bytes = last
      source = "the last run"
    }
    if arguments.has("json") {
      console.write(bytes + [0x0A])
      return .success
    }
    guard let report = JSONValue(json: bytes) else {
      throw CommandFailure("the ledger of \(source) cannot be read")
    }
    for line in lines(report, source) { console.print(line) }
    return .success
  }

  private static func words(for holder: LibraryHolder, at directory: FilePath) -> String {
    (holder.processID.map { "process \($0)" } ?? "another process") + " works on \(directory) now"
  }

  private static func lines(_ report: JSONValue, _ source: String) -> [String] {
    func bytes(_ value: JSONValue, _ name: String) -> String {
      Text.bytes(value[name].integerValue ?? 0)
    }
    var table = Table([
      .init(heading: "account"), .init(heading: "bytes", isNumeric: true),
      .init(heading: "peak", isNumeric: true), .init(heading: "limit", isNumeric: true),
      .init(heading: "hits", isNumeric: true), .init(heading: "misses", isNumeric: true),
      .init(heading: "evictions", isNumeric: true),
    ])
    for account in report["accounts"].elements {
      table.add(
        account["name"].stringValue ?? "", bytes(account, "bytes"), bytes(account, "peak"),
        bytes(account, "limit"), Text.count(account["hits"].integerValue ?? 0),
        Text.count(account["misses"].integerValue ?? 0),
        Text.count(account["evictions"].integerValue ?? 0))
    }
    table.add("sum of the ledger", bytes(report, "ledger"), "", bytes(report, "limit"), "", "", "")
    table.add("unaccounted", bytes(report, "unaccounted"), "", "", "", "", "")
    table.add("measured (PSS)", bytes(report, "pss"), "", "", "", "", "")
    var processes = Table([
      .init(heading: "process"), .init(heading: "role"), .init(heading: "PSS", isNumeric: true),
      .init(heading: "job"),
    ])
    for process in report["processes"].elements {
      processes.add(
        String(process["pid"].integerValue ?? 0), process["role"].stringValue ?? "",
        bytes(process, "pss"), process["job"].stringValue ?? "")
    }
    var pressure: [String] = []
    if let count = report["pressure"]["count"].integerValue, count > 0 {
      pressure = [
        "",
        "Memory was short on this machine \(Text.count(count)) times; the caches gave back "
          + "\(bytes(report["pressure"], "freed")).",
      ]
    }
    return ["Memory of \(source)", ""] + table.lines + [""] + processes.lines + pressure
  }
}

extension JSONValue {
  fileprivate subscript(name: String) -> JSONValue {
    guard case .object(let members) = self else { return .null }
    return members[name] ?? .null
  }

  fileprivate var elements: [JSONValue] {
    guard case .array(let elements) = self else { return [] }
    return elements
  }

  fileprivate var integerValue: Int64? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int64(exactly: value.rounded())
    default: nil
    }
  }

  fileprivate var stringValue: String? {
    guard case .string(let value) = self else { return nil }
    return value
  }
}
