/// For whose eyes a picture is (`rating:` in queries). Stars are another thing.
public enum ContentRating: UInt8, Sendable, CaseIterable {
  case none = 0
  case general = 1
  case sensitive = 2
  case questionable = 3
  case explicit = 4

  /// The name in queries and JSON; `none` is for nothing said.
  public var name: String {
    switch self {
    case .none: "none"
    case .general: "general"
    case .sensitive: "sensitive"
    case .questionable: "questionable"
    case .explicit: "explicit"
    }
  }

  /// The rating with this name, or with the first letter of one, as boorus write it (`s` is
  /// sensitive; `safe` is general).
  public init?(name: String) {
    let lower = name.lowercased()
    if lower == "safe" {
      self = .general
      return
    }
    guard
      let found = Self.allCases.first(where: {
        $0.name == lower || ($0 != .none && lower.utf8.count == 1 && $0.name.hasPrefix(lower))
      })
    else { return nil }
    self = found
  }
}
