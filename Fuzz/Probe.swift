// Sniffs and probes whatever bytes come, with an extension the first byte chooses.
import Formats
import Media

private let extensions = ["", "tga", "jpg", "svgz", "nef", "arw", "tif", "mp4"]

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let source = BytesSource(bytes)
  _ = try? Formats.probe(source, fileExtension: extensions[Int(bytes.first ?? 0) & 7])
  _ = try? Formats.fingerprint(source)
  return 0
}
