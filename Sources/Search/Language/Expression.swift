import Media

/// What a query's text says, before its names are looked up. It knows no catalog: a text gives the same
/// expression in every library.
package indirect enum Expression: Sendable, Hashable {
  /// The empty query.
  case everything
  /// A word: a tag's name, with `*` for any characters, perhaps of one category only.
  ///
  /// A category is whatever stood before the word's first colon, in the spelling of the text, because
  /// which categories there are is the library's business. Where the library has no category of that
  /// name the word is a name with a colon in it: `re:zero` is the tag `re:zero`, unless somebody made a
  /// category `re` (see `uncategorised`).
  case tag(NamePattern, category: String?)
  /// `any:2(a b c)`: at least so many of these, from 1 to their number. What is listed twice counts
  /// twice.
  case atLeast(Int, [Expression])
  case and([Expression])
  /// At least one of these; none of them is nothing.
  case or([Expression])
  case not(Expression)
  /// `"free text"`.
  case text(String)
  /// A field with numbers, in the unit of `NumberField`; both bounds included, nil is open. Both open
  /// is "has a value at all".
  case range(NumberField, lower: Int64?, upper: Int64?)
  /// A field with one of several words or patterns: `type:jpeg,png`, `camera:canon*`.
  case values(NameField, [NamePattern])
  /// `is:` and `has:`.
  case flag(FlagField)
  /// `near:LAT,LON,KM`.
  case near(latitude: Double, longitude: Double, kilometres: Double)
  /// `similar:ID`.
  case similar(AssetID)

  /// What `category:pattern` means where there is no such category: a name with a colon.
  package static func uncategorised(_ pattern: NamePattern, category: String) -> NamePattern {
    NamePattern([.literal(category + ":")] + pattern.pieces)
  }
}
