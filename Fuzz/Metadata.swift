// Reads the deep metadata of whatever bytes come, as a file and as a sidecar of one, and changes them as a
// sidecar and as a picture with one inside.
import Codecs
import Formats
import Media

private let isReady: Bool = (try? Codecs.prepareMetadata()) != nil

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard isReady else { return -1 }
  let source = BytesSource(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
  _ = try? Codecs.metadata(source)
  _ = try? Codecs.metadata(BytesSource(Array("qoif".utf8)), sidecar: source)
  var edit = SidecarEdit()
  edit.keywords = ["sea", "place/rome"]
  edit.state.tags = ["user|general|sea"]
  _ = try? Codecs.edited(source, edit, isPicture: false)
  _ = try? Codecs.edited(source, edit, isPicture: true)
  return 0
}
