import CZlib

/// Bytes compressed with zlib or gzip, inflated as far as a bound.
enum Inflated {
  /// The first `byteCount` bytes, or fewer when the data ends or is damaged.
  static func prefix(of compressed: ArraySlice<UInt8>, byteCount: Int) -> [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
      initialized = unsafe compressed.withUnsafeBytes { input in
        unsafe czlib_inflate_prefix(input.baseAddress, input.count, output.baseAddress, byteCount)
      }
    }
  }
}
