import Catalog
import Library
import Media
import Platform

/// Scans, problems, and what machines look at.
extension APIRoutes {
  // MARK: - Scans and problems

  func scan(_ call: Call) throws -> HTTPResponse {
    guard let members = JSONValue(json: call.request.body)?.members else {
      throw APIError.badRequest("The body must be a JSON object.")
    }
    switch members["action"]?.text {
    case "start": library.startScan()
    case "pause": library.pauseScan()
    case "resume": library.resumeScan()
    case "cancel": library.cancelScan()
    default: throw APIError.invalid("action", "\"start\", \"pause\", \"resume\" or \"cancel\"")
    }
    return .json { $0.scanMembers(library.scanProgress) }
  }

  func problems(_ call: Call) async throws -> HTTPResponse {
    let limit = try call.integer("limit", in: 1...Catalog.pageLimit) ?? Catalog.pageLimit
    let after = try call.integer("after", in: 0...Int.max)
    let records = try await library.catalog.problems(
      after: after.map { AssetID(rawValue: Int64($0)) }, limit: limit)
    let counts = try await library.catalog.counts()
    let failures = try await library.catalog.failureCounts()
    let charge = try await charge(records.count * JSONWriter.assetByteCount)
    return .json(keeping: charge) { json in
      json.array("problems") { json in
        for record in records {
          json.object { json in
            json.member("id", record.id.rawValue)
            json.member("path", record.path.description)
            json.member(
              "kind",
              record.summary.state == .missing
                ? "missing" : record.summary.failure?.failure.kind.name ?? "broken")
            json.member("reason", record.summary.failure?.failure.message)
            json.member("state", record.summary.state.name)
            json.member("format", record.summary.format?.name)
          }
        }
      }
      json.member("next", records.count == limit ? records.last?.id.rawValue : nil)
      json.object("counts") { json in
        json.member("broken", counts.broken)
        json.member("missing", counts.missing)
        for kind in MediaFailure.Kind.allCases {
          if let count = failures[kind], count > 0 {
            json.key(kind.name)
            json.number(count)
          }
        }
      }
    }
  }

  func retryProblems(_ call: Call) async throws -> HTTPResponse {
    guard let members = JSONValue(json: call.request.body)?.members else {
      throw APIError.badRequest("The body must be a JSON object.")
    }
    var ids: [AssetID]?
    if case .array(let values)? = members["ids"] {
      guard values.count <= Self.idLimit else {
        throw APIError.badRequest("At most \(Self.idLimit) ids at once.")
      }
      ids = try values.map { value throws(APIError) in
        guard let id = value.wholeNumber, id > 0 else { throw .invalid("ids", "a list of ids") }
        return AssetID(rawValue: id)
      }
    } else if members["all"] != .bool(true) {
      throw APIError.badRequest("Say which with {\"ids\":[…]}, or {\"all\":true}.")
    }
    let count = try await library.retryFailures(ids)
    return .json { $0.member("retried", count) }
  }

  // MARK: - Looking on

  func listen() throws -> HTTPResponse {
    guard let stream = events.subscribe() else {
      throw APIError.busy(
        "\(EventHub.listenerLimit) pages listen already; close one.", retryAfterSeconds: 5)
    }
    return HTTPResponse(
      200,
      headers: [
        ("Content-Type", "text/event-stream"), ("Cache-Control", "no-store"),
        ("X-Accel-Buffering", "no"),
      ], body: .events(stream))
  }

  func memory() async throws -> HTTPResponse {
    let report = try await library.memory.report()
    let tiers = library.tiers
    let jobs = library.workerJobs
    return .json { $0.memoryMembers(report, tiers, jobs: jobs) }
  }

  func statistics() async throws -> HTTPResponse {
    let counts = try await library.catalog.counts()
    let folders = try await library.catalog.folders().count
    let failures = try await library.catalog.failureCounts()
    let tiers = library.tiers
    return .json { json in
      json.object("counts") { $0.countMembers(counts) }
      json.member("folders", folders)
      json.member("changeNumber", library.catalog.changeNumber)
      json.object("failures") { json in
        for kind in MediaFailure.Kind.allCases {
          if let count = failures[kind], count > 0 {
            json.key(kind.name)
            json.number(count)
          }
        }
      }
      json.object("thumbnails") { json in
        json.member("memoryHits", tiers.thumbnails.memoryHits)
        json.member("memoryMisses", tiers.thumbnails.memoryMisses)
        json.member("diskHits", tiers.thumbnails.diskHits)
        json.member("diskMisses", tiers.thumbnails.diskMisses)
        json.member("diskBytes", tiers.thumbnails.diskByteCount)
        json.member("made", tiers.thumbnails.made)
        json.member("failed", tiers.thumbnails.failed)
        json.member("pending", tiers.thumbnails.pending)
      }
      json.object("scan") { $0.scanMembers(library.scanProgress) }
    }
  }

  /// The Prometheus text format, version 0.0.4.
  func metrics() async throws -> HTTPResponse {
    let report = try await library.memory.report()
    let counts = try await library.catalog.counts()
    let thumbnails = library.tiers.thumbnails
    var text = MetricsText()
    text.gauge("albumen_memory_limit_bytes", "The budget.", report.ledger.limit)
    text.gauge("albumen_memory_pss_bytes", "PSS of all processes.", report.pss)
    text.gauge("albumen_memory_ledger_bytes", "Bytes charged to accounts.", report.ledger.used)
    text.gauge(
      "albumen_memory_unaccounted_bytes", "PSS beyond the ledger; negative when less is used.",
      report.unaccounted)
    text.gauge(
      "albumen_memory_account_bytes", "Bytes of one account.",
      report.ledger.accounts.map { ("account", $0.name, $0.bytes) })
    text.gauge("albumen_memory_waiting", "Reservations that wait.", report.ledger.waiting)
    text.counter(
      "albumen_memory_pressure_total", "How often memory was short on the machine.",
      [("source", report.pressure.source, report.pressure.count)])
    text.gauge(
      "albumen_assets", "Assets by state.",
      [
        ("state", "ok", counts.assets - counts.broken - counts.missing),
        ("state", "broken", counts.broken), ("state", "missing", counts.missing),
      ])
    text.counter(
      "albumen_thumbnail_lookups_total", "Thumbnails looked for, by where they were found.",
      [
        ("found", "memory", thumbnails.memoryHits), ("found", "disk", thumbnails.diskHits),
        ("found", "nowhere", thumbnails.diskMisses),
      ])
    text.counter(
      "albumen_thumbnails_made_total", "Decodes by outcome.",
      [("outcome", "made", thumbnails.made), ("outcome", "failed", thumbnails.failed)])
    text.gauge("albumen_thumbnails_pending", "Jobs that wait or run.", thumbnails.pending)
    text.gauge("albumen_processes", "Processes, the main one included.", report.processes.count)
    text.gauge(
      "albumen_change_number", "Grows with every change of the catalog.",
      Int(library.catalog.changeNumber))
    return HTTPResponse(
      200,
      headers: [
        ("Content-Type", "text/plain; version=0.0.4; charset=utf-8"), ("Cache-Control", "no-store"),
      ], body: .bytes(text.bytes))
  }

  func openAPI() throws -> HTTPResponse {
    guard let description else {
      throw APIError.notFound(
        "The description is not installed; start the server with --web DIR of a full checkout.")
    }
    let count = try description.descriptor.status().st_size
    return HTTPResponse(
      200, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-cache")],
      body: .file(description, offset: 0, count: Int64(count)))
  }
}

/// Writes the Prometheus text format.
struct MetricsText {
  private(set) var bytes: [UInt8] = []

  mutating func gauge(_ name: String, _ help: String, _ value: Int) {
    head(name, help, "gauge")
    bytes += Array("\(name) \(value)\n".utf8)
  }

  mutating func gauge(
    _ name: String, _ help: String, _ values: [(label: String, value: String, count: Int)]
  ) {
    head(name, help, "gauge")
    write(name, values)
  }

  mutating func counter(
    _ name: String, _ help: String, _ values: [(label: String, value: String, count: Int)]
  ) {
    head(name, help, "counter")
    write(name, values)
  }

  private mutating func write(
    _ name: String, _ values: [(label: String, value: String, count: Int)]
  ) {
    for value in values {
      bytes += Array("\(name){\(value.label)=\"\(value.value)\"} \(value.count)\n".utf8)
    }
  }

  private mutating func head(_ name: String, _ help: String, _ type: String) {
    bytes += Array("# HELP \(name) \(help)\n# TYPE \(name) \(type)\n".utf8)
  }
}
