import Media

/// What a query's text says, before its names are looked up.
package indirect enum Expression: Sendable, Hashable {
  /// The empty query.
  case everything
  /// A word: a tag's name, with `*` for any characters, perhaps of one category only.
  case tag(NamePattern, category: String?)
  /// `any:2(a b c)`: at least so many of these.
  case atLeast(Int, [Expression])
  case and([Expression])
  case or([Expression])
  case not(Expression)
  /// `"free text"`.
  case text(String)
  /// A field with numbers, in the column's unit; both bounds included, nil is open.
  case range(NumberField, lower: Int64?, upper: Int64?)
  /// A field with one of several words or patterns: `type:jpeg,png`, `camera:canon*`.
  case values(NameField, [NamePattern])
  /// `is:` and `has:`.
  case flag(FlagField)
  /// `near:LAT,LON,KM`.
  case near(latitude: Double, longitude: Double, kilometres: Double)
  /// `similar:ID`.
  case similar(AssetID)
}

/// Text in which `*` stands for any characters, also none. Compared without regard to case; in tags a
/// blank and `_` are the same.
package struct NamePattern: Sendable, Hashable {
  /// A piece of a pattern.
  package enum Piece: Sendable, Hashable {
    case literal(String)
    case anything
  }

  /// Never empty; two `anything` never follow each other, nor do two literals; no literal is empty.
  package let pieces: [Piece]

  /// Puts neighbours together.
  package init(_ pieces: [Piece]) {
    var joined: [Piece] = []
    for piece in pieces {
      switch (joined.last, piece) {
      case (_, .literal("")): continue
      case (.anything, .anything): continue
      case (.literal(let before), .literal(let more)):
        joined[joined.count - 1] = .literal(before + more)
      default: joined.append(piece)
      }
    }
    precondition(!joined.isEmpty, "a pattern needs something to match")
    self.pieces = joined
  }

  /// Exactly this text.
  package init(_ literal: String) { self.init([.literal(literal)]) }

  /// The text, if there is no `*` in it.
  package var literal: String? {
    if pieces.count == 1, case .literal(let text) = pieces[0] { text } else { nil }
  }
}

/// The fields that take numbers, dates and sizes: `width:>=3000`, `taken:2024-05..2024-06`,
/// `size:<10mb`, `taken:last:30d`.
package enum NumberField: String, Sendable, CaseIterable, Hashable {
  case stars, taken, added, width, height, ratio, mp, size, duration, iso
  case aperture = "f"
  case focal, tagcount, gentags
}

/// The fields that take names.
package enum NameField: String, Sendable, CaseIterable, Hashable {
  case rating, ext, type, camera, lens, path, folder, filename, album, pool, source
}

/// What `is:` and `has:` ask for.
package enum FlagField: String, Sendable, CaseIterable, Hashable {
  // is:
  case favourite, video, animated, raw, hdr, broken, untagged, missing, duplicate
  // has:
  case parent, child, gps, edits, sidecar, note
}

/// `order:` with `_asc` or `_desc`.
package enum OrderField: String, Sendable, CaseIterable, Hashable {
  /// By adding, the newest first; `old` the other way round.
  case new, old
  case taken, name, size, mp, stars, tagcount, random
}

/// A query: what to find, in which order, how many.
package struct Query: Sendable, Hashable {
  /// What orders it, when the text says so.
  package struct Order: Sendable, Hashable {
    package var field: OrderField
    package var isAscending: Bool
    /// Of `random`.
    package var seed: UInt64

    package init(_ field: OrderField, isAscending: Bool, seed: UInt64 = 0) {
      self.field = field
      self.isAscending = isAscending
      self.seed = seed
    }
  }

  package var expression: Expression
  package var order: Order?
  package var limit: Int?

  package init(_ expression: Expression, order: Order? = nil, limit: Int? = nil) {
    self.expression = expression
    self.order = order
    self.limit = limit
  }
}
