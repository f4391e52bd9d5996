/// How many assets of a result have each value of some fields.
public struct SearchFacets: Sendable, Equatable {
  /// The fields that can be counted. The raw values are the API's names.
  public enum Field: String, Sendable, CaseIterable {
    case rating, type, camera, lens, year, stars, folder, tags
  }

  /// A value of a field.
  public struct Value: Sendable, Equatable {
    /// What stands for it, as short as can be.
    public let value: String
    /// What people see.
    public let label: String
    /// How many assets of the result have it.
    public let count: Int
    /// The query that finds those that have it.
    public let query: String
    /// Of a tag, the name of its category.
    public var category: String?
  }

  /// A field with its values, in the order they are best shown.
  public struct Facet: Sendable, Equatable {
    public let field: Field
    public let values: [Value]
  }

  /// How many assets the result has now.
  public let count: Int
  public let facets: [Facet]
}
