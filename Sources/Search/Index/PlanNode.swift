/// A query whose names are resolved: what the index evaluates. It knows ids and numbers only.
package indirect enum PlanNode: Sendable, Hashable {
  /// Every asset of the index, in whatever state.
  case everything
  case nothing
  /// What has this tag.
  case tag(UInt32)
  /// What has one of these tags: a wildcard's.
  case anyTag([UInt32])
  /// What matches at least so many of these; `any:2(a b c)`.
  case atLeast(Int, [PlanNode])
  /// What matches all of these; none of them is everything.
  case and([PlanNode])
  /// What matches one of these; none of them is nothing.
  case or([PlanNode])
  case not(PlanNode)
  /// What has a value from the lower to the upper bound, both included.
  case range(NumericColumn, ClosedRange<Int64>)
  /// What has one of these values.
  case facet(FacetColumn, [UInt32])
  /// What has all of these flags.
  case flags(AssetFlags)
  /// What lies within a distance of a place on the globe.
  case near(latitude: Double, longitude: Double, kilometres: Double)
  /// These assets, ascending: what something outside of the index has found.
  case assets([UInt32])
}

/// What orders a result. Every order ends with the id, so it is the same every time; what has no value
/// comes last in both directions.
package struct ResultOrder: Sendable, Hashable {
  package enum Key: Sendable, Hashable {
    /// By id: the order of adding.
    case identifier
    case column(NumericColumn)
    /// Shuffled; the same seed gives the same order.
    case random(seed: UInt64)
    /// As in lists one after another, each where it stands first; all else has no value.
    case listed([[UInt32]])
  }

  package var key: Key
  package var isAscending: Bool

  package init(_ key: Key, isAscending: Bool) {
    self.key = key
    self.isAscending = isAscending
  }
}
