/// A place beside a value that others share, for one thing that is made of it and is worth keeping as
/// long as the value is: an answer ready to be sent beside the bytes it sends. Thread-safe.
public final class Attachment: Sendable {
  private let kept = Locked<(any AnyObject & Sendable)?>(nil)

  /// An empty place.
  public init() {}

  /// What is kept here, made now when there is nothing yet; nil when it cannot be made. Of several
  /// that are made at the same time one is kept, and all get that one.
  ///
  /// - Precondition: all callers ask for the same type.
  public func value<Value: AnyObject & Sendable>(orMade make: () -> Value?) -> Value? {
    if let found = kept.withLock({ $0 }) { return found as? Value }
    // Made without the lock, which is for two words only.
    guard let made = make() else { return nil }
    return kept.withLock { kept in
      if let earlier = kept { return earlier as? Value }
      kept = made
      return made
    }
  }
}
