/// Why an asset has a tag. Where several give the same one, the strongest is kept: user, imported,
/// model, rule.
public enum TagOrigin: UInt8, Sendable, CaseIterable {
  /// The file's own keywords, or a file beside it.
  case imported = 1
  /// The user, through the page or the command line.
  case user = 2
  /// An implication: another tag of the asset brings it along.
  case rule = 3
  /// A model that looked at the picture.
  case model = 4

  /// The name in JSON.
  public var name: String {
    switch self {
    case .imported: "imported"
    case .user: "user"
    case .rule: "rule"
    case .model: "model"
    }
  }

  /// The origin with this name.
  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

/// One tag of one asset, or the mark that the user took it away.
public struct AssetTag: Sendable, Hashable {
  /// Which tag.
  public let id: TagID
  /// Why it is there; `user` for a mark of removal.
  public let origin: TagOrigin
  /// How sure a model is, 0…255; 0 for all other origins.
  public let confidence: UInt8
  /// True for the mark that the user took the tag away: files, rules and models do not bring it back.
  public let isRemoved: Bool

  /// A tag the asset has.
  ///
  /// - Parameter confidence: only of a model's tag; ignored otherwise.
  public init(_ id: TagID, _ origin: TagOrigin, confidence: UInt8 = 0) {
    self.id = id
    self.origin = origin
    self.confidence = origin == .model ? confidence : 0
    isRemoved = false
  }

  private init(removed id: TagID) {
    self.id = id
    origin = .user
    confidence = 0
    isRemoved = true
  }

  /// The mark that the user took a tag away.
  public static func removed(_ id: TagID) -> AssetTag { AssetTag(removed: id) }

  /// True when only an implication gives it: such tags follow from the others and the rules.
  public var isDerived: Bool { origin == .rule && !isRemoved }

  /// Which of two things said about one tag holds: the greater. The user's word is above all.
  var strength: Int {
    if isRemoved { return 4 }
    return switch origin {
    case .user: 5
    case .imported: 3
    case .model: 2
    case .rule: 1
    }
  }
}
