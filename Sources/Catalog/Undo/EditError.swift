/// Why an edit of tags, albums or the like was refused; nothing was changed.
public struct EditError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kinds a caller may want to tell apart.
  public enum Kind: Sendable, Equatable {
    /// There is no such tag, album, asset or operation (any more).
    case notFound
    /// It contradicts what is there.
    case conflict
    /// It can never be done.
    case invalid
  }

  /// What kind it is.
  public let kind: Kind
  /// A sentence: what was refused, why, and the way out.
  public let description: String

  /// An error from its parts.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  static func noTag(_ id: TagID) -> EditError {
    EditError(.notFound, "There is no tag \(id) (any more); look for it by its name.")
  }

  static func noTag(_ name: TagName) -> EditError {
    EditError(.notFound, "There is no tag \"\(name)\"; check its spelling, or create it first.")
  }
}
