// Reads whatever bytes come as a query. What is a query must be described by a text that is read as the
// same one; what is none must be wrong at a place in the text, and its chips follow each other.
import Search

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let text = String(decoding: bytes, as: UTF8.self)
  let clock = QueryClock(utcMilliseconds: 1_715_953_530_250, offsetMinutes: 120)
  do throws(QueryError) {
    let query = try Query(parsing: text, clock: clock)
    let description = query.description
    if description.utf8.count <= QueryLimits.byteCount {
      guard let again = try? Query(parsing: description, clock: clock), again == query else {
        fatalError("\(description) is another query")
      }
    }
  } catch {
    guard error.offset >= 0, error.offset + error.length <= text.utf8.count else {
      fatalError("\(error) is not in the text")
    }
  }
  var end = 0
  for chip in QueryTokens(text).chips {
    guard chip.utf8.lowerBound >= end, chip.utf8.upperBound > chip.utf8.lowerBound else {
      fatalError("chips overlap at \(end)")
    }
    end = chip.utf8.upperBound
  }
  return 0
}
