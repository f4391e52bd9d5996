import Catalog

/// What could be typed at a place of a query.
package struct Completion: Sendable, Hashable {
  /// One thing that could be typed.
  package struct Item: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
      case tag
      /// A tag that another name stands for.
      case alias
      /// A field, or a category, that takes a value next.
      case field
      /// A field's value.
      case value
    }

    /// What to put in the place of `Completion.utf16`, escapes and a blank behind it included.
    package let insert: String
    /// What people see.
    package let label: String
    package let kind: Kind
    /// A tag's category.
    package var category: TagCategoryID?
    /// How many assets it would find, if that is known.
    package var count: Int?
    /// Of an alias, the name that fits.
    package var alias: String?
    /// Of a field, what it finds.
    package var summary: String?
  }

  /// What of the text is replaced, in UTF-16.
  package let utf16: Range<Int>
  /// The best first.
  package let items: [Item]
}
