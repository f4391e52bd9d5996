/// What a query found, as it was when it was evaluated: later changes of the index do not touch it.
///
/// Not Sendable: used where its index is.
package final class ResultSet {
  private let ids: [UInt32]

  init(ids: [UInt32]) { self.ids = ids }

  /// How many assets it has.
  package var count: Int { ids.count }

  /// Whether an asset is in it.
  package func contains(_ id: UInt32) -> Bool { ids.contains(id) }

  /// Hands out every id, ascending.
  package func forEach(_ body: (UInt32) throws -> Void) rethrows { for id in ids { try body(id) } }
}
