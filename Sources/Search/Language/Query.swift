/// A query: what to find, in which order, how many.
package struct Query: Sendable, Hashable {
  /// What orders it, when the text says so.
  package struct Order: Sendable, Hashable {
    package var field: OrderField
    package var isAscending: Bool
    /// Of `random`, which is always ascending; 0 of all others.
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
