import Glibc
import MemoryBudget

/// Memory of one account of the budget, reserved before it is allocated.
///
/// Small blocks come by the ten thousand; they are reserved in steps, so that the budget's lock is not
/// taken for each. Confined to its owner's thread.
@safe final class IndexMemory {
  /// How much is reserved at once, and how much may lie idle before it is given back.
  private static let step = 256 << 10

  private let budget: MemoryBudget
  private let account: Account
  private var reservation: Reservation?
  /// What is allocated, with what the allocator needs beside it.
  private(set) var byteCount = 0
  /// Allocations that still succeed; tests set it to see what happens when the system has no memory.
  var allocationsLeft = Int.max

  init(budget: MemoryBudget, account name: String) {
    self.budget = budget
    account = budget.account(name)
  }

  /// Zeroed memory. Whoever takes it gives it back with the same size.
  func allocate(_ size: Int) throws(SearchIndexError) -> UnsafeMutableRawPointer {
    let cost = Self.cost(of: size)
    let needed = byteCount + cost
    if needed > reservation?.byteCount ?? 0 {
      let wanted = (needed + Self.step - 1) / Self.step * Self.step
      if !reserve(wanted) && !reserve(needed) { throw .noRoom(byteCount: cost) }
    }
    allocationsLeft -= 1
    guard allocationsLeft >= 0, let block = unsafe calloc(1, max(1, size)) else {
      throw .outOfMemory(byteCount: size)
    }
    byteCount = needed
    return unsafe block
  }

  func deallocate(_ block: UnsafeMutableRawPointer, _ size: Int) {
    unsafe free(block)
    byteCount -= Self.cost(of: size)
    let idle = (reservation?.byteCount ?? 0) - byteCount
    if idle > 4 * Self.step { reservation?.shrink(to: byteCount + Self.step) }
  }

  private func reserve(_ size: Int) -> Bool {
    if let isGrown = reservation?.growIfRoom(to: size) { return isGrown }
    reservation = budget.reserveIfRoom(size, for: account)
    return reservation != nil
  }

  /// glibc has eight bytes before each block and rounds up to sixteen.
  private static func cost(of size: Int) -> Int { max(32, (size + 8 + 15) & ~15) }
}

/// Memory that somebody owns: an address that can stand in arrays and dictionaries.
@safe struct Block {
  let start: UnsafeMutableRawPointer

  init(_ start: UnsafeMutableRawPointer) { unsafe self.start = unsafe start }
}

/// A piece of memory that grows and is used again: what one operation needs meanwhile.
@safe final class WorkBuffer<Element: BitwiseCopyable> {
  private let memory: IndexMemory
  private var block: UnsafeMutableRawPointer?
  private(set) var capacity = 0

  init(memory: IndexMemory) { self.memory = memory }

  deinit { release() }

  /// Room for so many elements, whose contents are lost when it grows.
  func room(for count: Int) throws(SearchIndexError) -> UnsafeMutableBufferPointer<Element> {
    if count > capacity {
      let wanted = max(count, 1024)
      release()
      unsafe block = try memory.allocate(wanted * MemoryLayout<Element>.stride)
      capacity = wanted
    }
    return unsafe UnsafeMutableBufferPointer(
      start: block?.assumingMemoryBound(to: Element.self), count: capacity)
  }

  /// The same, as its first element's place.
  func start(for count: Int) throws(SearchIndexError) -> UnsafeMutablePointer<Element> {
    let room = try unsafe room(for: max(1, count))
    guard let start = room.baseAddress else { preconditionFailure("room has an address") }
    return unsafe start
  }

  /// Gives the memory back.
  func release() {
    if let block = unsafe block {
      unsafe memory.deallocate(block, capacity * MemoryLayout<Element>.stride)
    }
    unsafe block = nil
    capacity = 0
  }
}
