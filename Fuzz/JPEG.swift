// Decodes whatever bytes come as a JPEG at one eighth: a picture, a refusal or a failure, never a trap.
// Where libjpeg-turbo has nothing to complain about, its DC coefficients must be the same.
import CJPEGReference
import Media

@testable import Formats

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  var decoder = EighthScaleJPEG.Decoder(source: BytesSource(bytes), byteLimit: 8 << 20)
  do {
    try decoder.run()
    _ = try decoder.picture()
  } catch {
    return 0
  }
  guard let frame = decoder.frame, let planes = decoder.planes else {
    fatalError("a picture without a frame")
  }
  // Later scans may change what was complete before.
  let scanCount = bytes.indices.dropLast().count { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xDA }
  guard frame.precision == 8, !frame.isProgressive, scanCount <= frame.components.count,
    frame.width * frame.height < 1 << 20
  else { return 0 }
  for (index, component) in frame.components.enumerated() {
    var (across, down, warnings) = (CInt(0), CInt(0), CLong(0))
    var theirs: UnsafeMutablePointer<CShort>?
    guard
      unsafe cjpegreference_dc(
        bytes, bytes.count, CInt(index), &across, &down, &theirs, &warnings) == 0
    else { return 0 }
    defer { unsafe cjpegreference_free(theirs) }
    guard warnings == 0, let coefficients = unsafe theirs else { return 0 }
    guard Int(across) == component.blocksAcross, Int(down) == component.blocksDown else {
      fatalError("component \(index) has \(across) × \(down) blocks")
    }
    for y in 0..<component.blocksDown {
      for x in 0..<component.blocksAcross {
        let ours = planes.coefficients[planes.starts[index] + y * component.paddedBlocksAcross + x]
        let there = unsafe coefficients[y * component.blocksAcross + x]
        guard ours == there else {
          fatalError("component \(index), block \(x), \(y): \(ours) and not \(there)")
        }
      }
    }
  }
  return 0
}
