import Search
import Testing

/// The clock of all tests of the language: 2024-05-17, 13:45:30.250 in UTC, two hours later here.
let noon = QueryClock(utcMilliseconds: 1_715_953_530_250, offsetMinutes: 120)

/// Reads a text that must mean something.
func parsed(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Query {
  do {
    return try Query(parsing: text, clock: noon)
  } catch {
    Issue.record("\(text): \(error)", sourceLocation: sourceLocation)
    throw error
  }
}

/// Reads a text that must mean nothing.
func problem(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> QueryError
{
  do {
    let query = try Query(parsing: text, clock: noon)
    Issue.record("\(text) means \(query)", sourceLocation: sourceLocation)
    return QueryError("", at: 0..<0)
  } catch {
    return error
  }
}
