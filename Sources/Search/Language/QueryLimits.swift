/// How much one query may say. What people type stays far below; what they paste, or a program sends,
/// is held to it before anything is made of it.
package enum QueryLimits {
  /// Bytes of UTF-8.
  package static let byteCount = 65_536
  /// Parentheses within parentheses. The parser calls itself at each, and threads have small stacks.
  package static let depth = 64
  /// Tags, texts and values of fields, each of a list.
  package static let termCount = 4096
  /// What `limit:` may say.
  package static let resultCount = 1_000_000_000
}
