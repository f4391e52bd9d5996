import CUTF8Proc

/// Unicode normalisation and case folding by utf8proc, for short text.
package enum UnicodeFolding {
  /// Longer text than this is not folded: no name is.
  static let byteLimit = 4096

  /// Normal form C: equal characters are equal bytes.
  static func composed(_ text: String) -> String? {
    map(text, options: UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue)
  }

  /// Without differences of case, in normal form C.
  package static func folded(_ text: String) -> String? {
    map(
      text,
      options: UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue
        | UTF8PROC_CASEFOLD.rawValue)
  }

  /// What kind of character utf8proc takes a scalar for.
  static func category(of scalar: Unicode.Scalar) -> utf8proc_category_t {
    utf8proc_category(utf8proc_int32_t(scalar.value))
  }

  private static func map(_ text: String, options: UInt32) -> String? {
    var text = text
    return text.withUTF8 { source -> String? in
      guard source.count <= byteLimit else { return nil }
      var made: UnsafeMutablePointer<UInt8>?
      let count = unsafe utf8proc_map(
        source.baseAddress, source.count, &made, utf8proc_option_t(rawValue: options))
      guard count >= 0, let made = unsafe made else { return nil }
      defer { unsafe free(made) }
      return unsafe String(
        decoding: UnsafeBufferPointer(start: made, count: count), as: UTF8.self)
    }
  }
}
