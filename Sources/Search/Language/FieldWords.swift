import Media

/// The words that single fields know.
enum FieldWords {
  static let ratings = ["general", "sensitive", "questionable", "explicit", "none"]
  static let types = ["image", "video"] + MediaFormat.allCases.map(\.name)
  static let orders = OrderField.allCases.map(\.rawValue) + ["old"]

  /// Other ways to write one of a field's words, in small letters.
  static func synonym(_ word: String, of kind: QueryField.Kind) -> String? {
    switch (kind, word) {
    case (.names(.rating), "g"): "general"
    case (.names(.rating), "s"): "sensitive"
    case (.names(.rating), "q"): "questionable"
    case (.names(.rating), "e"): "explicit"
    case (.names(.type), "picture"), (.names(.type), "photo"): "image"
    case (.names(.type), _):
      MediaFormat.allCases.first { $0.fileExtensions.contains(word) }?.name
    case (.flag(isPossession: false), "favorite"), (.flag(isPossession: false), "fav"):
      "favourite"
    case (.flag(isPossession: true), "children"): "child"
    case (.flag(isPossession: true), "notes"): "note"
    case (.yesOrNo, "true"), (.yesOrNo, "1"): "yes"
    case (.yesOrNo, "false"), (.yesOrNo, "0"): "no"
    case (.order, "added"): "new"
    case (.order, "date"): "taken"
    case (.order, "filename"): "name"
    default: nil
    }
  }
}
