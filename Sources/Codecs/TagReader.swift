import CGExiv2
import Formats
import Media

/// One block of metadata opened by gexiv2.
///
/// Not thread-safe. The block's bytes are kept as long as gexiv2 may look at them.
@safe struct TagReader: ~Copyable {
  private let handle: OpaquePointer
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  /// Opens a block.
  ///
  /// - Throws: `.corrupt` with gexiv2's words.
  init(_ block: [UInt8]) throws(MediaFailure) {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: block.count)
    _ = unsafe copy.initialize(from: block)
    var message = [CChar](repeating: 0, count: 256)
    let opened = unsafe message.withUnsafeMutableBufferPointer { text in
      unsafe cgexiv2_open(copy.baseAddress, copy.count, text.baseAddress, text.count)
    }
    guard let opened = unsafe opened else {
      unsafe copy.deallocate()
      let reason = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw MediaFailure(
        .corrupt,
        "The metadata cannot be read: "
          + CleanText.withoutControls(String(decoding: reason, as: UTF8.self)))
    }
    unsafe handle = opened
    unsafe bytes = copy
  }

  deinit {
    unsafe cgexiv2_close(handle)
    unsafe bytes.deallocate()
  }

  /// All values of a tag as the file has them.
  func values(_ tag: String) -> [String] {
    unsafe collect { visit, context in
      unsafe cgexiv2_values(handle, tag, visit, context)
    }.map(\.value)
  }

  /// The first value of a tag, longer than others may be.
  func longText(_ tag: String, byteCount: Int) -> String? {
    unsafe collect(byteCount: byteCount) { visit, context in
      unsafe cgexiv2_values(handle, tag, visit, context)
    }.first?.value
  }

  /// The value of a tag for people.
  func interpreted(_ tag: String) -> String? {
    unsafe collect { visit, context in
      unsafe cgexiv2_interpreted(handle, tag, visit, context)
    }.first?.value
  }

  /// Every tag with its value for people.
  func fields(limit: Int) -> [DeepMetadata.Field] {
    unsafe collect { visit, context in
      unsafe cgexiv2_each(handle, limit, visit, context)
    }
  }

  /// Bytes of one value that are kept.
  private static let valueByteCount = 1000

  private final class Collector {
    let byteCount: Int
    var fields: [DeepMetadata.Field] = []

    init(byteCount: Int) { self.byteCount = byteCount }
  }

  private func collect(
    byteCount: Int = TagReader.valueByteCount,
    _ run: (cgexiv2_visit?, UnsafeMutableRawPointer?) -> Void
  ) -> [DeepMetadata.Field] {
    let collector = Collector(byteCount: byteCount)
    let context = unsafe Unmanaged.passUnretained(collector).toOpaque()
    unsafe run(
      { context, key, value in
        guard let context = unsafe context, let key = unsafe key, let value = unsafe value else {
          return
        }
        let collector = unsafe Unmanaged<Collector>.fromOpaque(context).takeUnretainedValue()
        let name = unsafe String(cString: key)
        // A maker note as text is megabytes of numbers: no more than what is kept is decoded.
        var length = 0
        while length < collector.byteCount, unsafe value[length] != 0 { length += 1 }
        let bytes = unsafe UnsafeRawBufferPointer(start: value, count: length)
        let text = unsafe CleanText.withoutControls(String(decoding: bytes, as: UTF8.self))
        collector.fields.append(
          DeepMetadata.Field(
            key: name, value: CleanText.prefix(text, byteCount: collector.byteCount)))
      }, context)
    return collector.fields
  }
}
