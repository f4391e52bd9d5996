// Reads whatever bytes come, up to a NUL, as an ignore file and holds the rest, a path a line, against
// its rules, below another folder's rules made of the same bytes.
import Scanning

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let halves = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
  let above = IgnoreRules(bytes: Array(halves[0]))
  let rules = IgnoreRules(bytes: Array(halves[0].reversed()), folderByteCount: 3, above: above)
  for path in (halves.count > 1 ? halves[1] : []).split(separator: UInt8(ascii: "\n")).prefix(16) {
    let path = Array("abc/".utf8) + path.prefix(255)
    for isDirectory in [false, true] { _ = rules.ignores(path: path, isDirectory: isDirectory) }
  }
  return 0
}
