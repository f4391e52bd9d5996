// Decodes whatever bytes come as a message between albumen and its workers, in both directions. What
// is accepted must come out the same when it is sent on.
import Media
import WorkerProtocol

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let request = try? WorkerRequest(decoding: bytes[...]) {
    precondition((try? WorkerRequest(decoding: request.encoded()[...])) == request)
  }
  if let answer = try? WorkerAnswer(decoding: bytes[...]) {
    precondition((try? WorkerAnswer(decoding: answer.encoded()[...])) == answer)
  }
  var reader = WireReader(bytes[...])
  if let metadata = try? reader.readMetadata() {
    var writer = WireWriter()
    writer.write(metadata)
    var again = WireReader(writer.bytes[...])
    precondition((try? again.readMetadata()) == metadata)
  }
  reader = WireReader(bytes[...])
  if let edit = try? reader.readSidecarEdit() {
    var writer = WireWriter()
    writer.write(edit)
    var again = WireReader(writer.bytes[...])
    precondition((try? again.readSidecarEdit()) == edit)
  }
  return 0
}
