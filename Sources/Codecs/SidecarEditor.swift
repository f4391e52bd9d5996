import CGExiv2
import Formats
import Media

/// XMP opened for a change by exiv2.
///
/// Not thread-safe.
@safe struct SidecarEditor: ~Copyable {
  /// What a tag of XMP holds.
  enum Kind {
    case text, bag, sequence

    fileprivate var rawValue: CInt {
      switch self {
      case .text: CInt(CGEXIV2_TEXT)
      case .bag: CInt(CGEXIV2_BAG)
      case .sequence: CInt(CGEXIV2_SEQUENCE)
      }
    }
  }

  private let handle: OpaquePointer

  /// Opens a packet; none for no bytes.
  ///
  /// - Throws: `.corrupt` with exiv2's words.
  init(_ packet: [UInt8]) throws(MediaFailure) {
    var opened: OpaquePointer?
    try unsafe Self.check { message, size in
      unsafe packet.withUnsafeBytes { bytes in
        unsafe opened = unsafe cgexiv2_edit_open(bytes.baseAddress, bytes.count, message, size)
      }
      return unsafe opened == nil ? -1 : 0
    }
    guard let opened = unsafe opened else { preconditionFailure("opened without a handle") }
    unsafe handle = opened
  }

  deinit { unsafe cgexiv2_edit_close(handle) }

  /// The texts of a tag, those without valid UTF-8 left out.
  func values(_ tag: String) throws(MediaFailure) -> [String] {
    let texts = Texts()
    let context = unsafe Unmanaged.passUnretained(texts).toOpaque()
    try unsafe Self.check { message, size in
      unsafe cgexiv2_edit_values(
        handle, tag,
        { context, _, value in
          guard let context = unsafe context, let value = unsafe value,
            let text = unsafe String(validatingCString: value)
          else { return }
          unsafe Unmanaged<Texts>.fromOpaque(context).takeUnretainedValue().all.append(text)
        }, context, message, size)
    }
    return texts.all
  }

  /// Puts values in place of what a tag has; none takes it away.
  func set(_ tag: String, _ kind: Kind, _ values: [String]) throws(MediaFailure) {
    try unsafe Self.check { message, size in
      unsafe cgexiv2_edit_clear(handle, tag, message, size)
    }
    for value in values {
      try unsafe Self.check { message, size in
        unsafe cgexiv2_edit_add(handle, tag, kind.rawValue, value, message, size)
      }
    }
  }

  /// The new packet, without a wrapper.
  func finish() throws(MediaFailure) -> [UInt8] {
    let result = Bytes()
    let context = unsafe Unmanaged.passUnretained(result).toOpaque()
    try unsafe Self.check { message, size in
      unsafe cgexiv2_edit_finish(
        handle,
        { context, bytes, count in
          guard let context = unsafe context else { return }
          let made = unsafe UnsafeRawBufferPointer(start: bytes, count: count)
          unsafe Unmanaged<Bytes>.fromOpaque(context).takeUnretainedValue().all = Array(made)
        }, context, message, size)
    }
    return result.all
  }

  private final class Texts { var all: [String] = [] }
  private final class Bytes { var all: [UInt8] = [] }

  private static func check(
    _ body: (UnsafeMutablePointer<CChar>?, Int) -> CInt
  ) throws(MediaFailure) {
    let (code, text) = unsafe LibraryMessage.collect { message, size in
      unsafe body(message, size)
    }
    guard code == 0 else {
      throw MediaFailure(.corrupt, "The metadata cannot be changed: \(text).")
    }
  }
}
