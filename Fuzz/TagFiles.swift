// Reads whatever bytes come as every kind of file with tags: sidecars of text and JSON, a table, a document.
import TagExchange

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let namespaces = TagNamespaces(categories: ["person"])
  _ = try? TextSidecar.read(bytes, path: "a", namespaces: namespaces)
  _ = try? JSONSidecar.read(bytes, path: "a", namespaces: namespaces)
  var table = TagTable(ByteFeed(bytes: bytes, path: "a"), namespaces: namespaces)
  while (try? table.next()) ?? nil != nil {}
  var reader = LibraryDocumentReader(ByteFeed(bytes: bytes, path: "a"))
  while (try? reader.next()) ?? nil != nil {}
  return 0
}
