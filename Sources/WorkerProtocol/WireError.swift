/// A message that does not hold what its kind demands. Whoever sent it cannot be trusted any more.
public struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was wrong, for logs.
  public let description: String

  /// An error from its sentence.
  public init(_ description: String) { self.description = description }
}
