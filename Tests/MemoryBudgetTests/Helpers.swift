import MemoryBudget

/// `#require` cannot unwrap what cannot be copied.
func require(_ reservation: consuming Reservation?) throws -> Reservation {
  guard let reservation else { throw NoRoom() }
  return reservation
}

struct NoRoom: Error {}

extension MemoryBudget {
  /// True when the bytes could be reserved now; the test macros cannot hold a reservation.
  func hasRoom(_ byteCount: Int, for account: Account) -> Bool {
    guard let reservation = reserveIfRoom(byteCount, for: account) else { return false }
    reservation.release()
    return true
  }
}
