// Decodes whatever bytes come with the decoders that are our own (BMP, QOI, TGA, ICO, Photoshop) and those
// that go through a library of one format (PNG, WebP, TIFF, HEIF, AVIF).
import Media
import Pixels
import Platform

@testable import Formats
@testable import PictureCodecs

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let source = BytesSource(bytes)
  guard let probe = try? Formats.probe(source, fileExtension: "tga"),
    // A picture of a gigapixel takes its time and finds nothing more.
    UInt64(probe.storedWidth) * UInt64(probe.storedHeight) <= 1 << 20
  else { return -1 }
  let picture: DecodedPicture? =
    switch probe.format {
    case .bmp: try? BMPDecoder.decode(source, target: 64)
    case .qoi: try? QOIDecoder.decode(source, target: 64)
    case .tga: try? TGADecoder.decode(source, target: 64)
    case .ico: try? ICODecoder.decode(source, target: 64)
    case .psd: try? PSDDecoder(source).decode(target: 64)
    case .png: try? PNGDecoder.decode(bytes, format: .png, target: 64)
    case .tiff: try? inMemory(bytes) { file in
        try TIFFDecoder.decode(file, probe: probe, target: 64, reservedByteCount: 256 << 20)
      }
    case .webp: try? WebPDecoder.decode(source, probe: probe, target: 64)
    case .heif, .avif: try? HEIFDecoder.decode(source, target: 64)
    default: nil
    }
  if let picture {
    precondition(picture.pixels.width > 0 && picture.pixels.height > 0)
    _ = try? picture.finished(probe: probe, request: RenderRequest(maxPixelSizes: [32]))
  }
  return 0
}

/// The bytes as a file, for decoders that read descriptors only.
private func inMemory<Value>(_ bytes: [UInt8], _ body: (CInt) throws -> Value) throws -> Value {
  let file = try FileDescriptor.memory(named: "input")
  try file.write(bytes)
  return try body(file.rawValue)
}
