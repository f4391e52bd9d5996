// Reads whatever bytes come as the parts of an HTTP request, one a line: path, query, Range,
// If-None-Match, token, and the rest as the body of a query.
import Library

@testable import Server

private let token = AccessToken("a-token-of-some-length")

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let lines = bytes.split(
    separator: UInt8(ascii: "\n"), maxSplits: 5, omittingEmptySubsequences: false)
  func text(_ index: Int) -> String {
    index < lines.count ? String(decoding: lines[index], as: UTF8.self) : ""
  }
  if let target = RequestTarget(path: lines[0], query: lines.count > 1 ? lines[1] : []) {
    for segment in target.segments {
      precondition(
        segment != ".." && segment != "." && !segment.isEmpty && !segment.utf8.contains(0x2F)
          && !segment.utf8.contains(0))
    }
    let path = Array(target.encodedPath.utf8)
    precondition(
      path.count > RequestTarget.maximumByteCount
        || RequestTarget(path: path)?.segments == target.segments)
    _ = target.value(of: "token")
    _ = target.encoded(without: "token")
  }
  for byteCount in [0, 1, 1000, Int64.max] {
    let outcome = Conditional.range(text(2), ifRange: nil, tag: "\"a\"", byteCount: byteCount)
    if case .part(let offset, let count) = outcome {
      precondition(offset >= 0 && count > 0 && count <= byteCount - offset)
    }
  }
  _ = Conditional.matches(text(3), tag: "\"a\"")
  _ = token?.matches(text(4))
  if lines.count > 5 { _ = try? QueryReading.query(body: Array(lines[5])) }
  return 0
}
