// Decodes whatever bytes come as a JPEG at one eighth: a picture, a refusal or a failure, never a trap.
import Formats
import Media

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  _ = try? EighthScaleJPEG.decode(BytesSource(bytes), byteLimit: 16 << 20)
  return 0
}
