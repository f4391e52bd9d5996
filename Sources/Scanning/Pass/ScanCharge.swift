import Glibc
import MemoryBudget
import Platform

/// What the listing of one big directory holds of the budget. Listings under a megabyte are covered
/// by what the scan reserved at its start.
struct ScanCharge: ~Copyable {
  private let run: ScanRun
  private var reservation: Reservation?

  init(_ run: ScanRun) { self.run = run }

  /// Reserves more, waiting up to ten seconds for room.
  ///
  /// - Throws: `SystemError` `ENOMEM` when there is none; the folder is recorded as unreadable.
  mutating func grow(to byteCount: Int) throws(SystemError) {
    for _ in 0..<200 {
      if var held = reservation.take() {
        let grew = held.growIfRoom(to: byteCount)
        reservation = consume held
        if grew { return }
      } else if let new = run.budget.reserveIfRoom(byteCount, for: run.account) {
        reservation = consume new
        return
      }
      if run.isEnding { break }
      usleep(50_000)
    }
    throw SystemError(code: ENOMEM, call: "getdents64")
  }
}
