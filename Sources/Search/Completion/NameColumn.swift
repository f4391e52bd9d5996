import Glibc
import MemoryBudget
import Platform

/// A growing array in mapped memory that is charged to the budget: one of the columns of `TagNames`.
///
/// Growing by an eighth keeps what lies idle small; a copy then takes less than reading the names did.
@safe struct NameColumn<Element: BitwiseCopyable>: ~Copyable {
  private let budget: MemoryBudget
  private let account: Account
  private var buffer: MappedBuffer?
  /// Of `buffer`; its address never changes while it lives.
  private var base: UnsafeMutablePointer<Element>?
  private(set) var count = 0
  private var capacity = 0

  init(budget: MemoryBudget, account: Account) {
    self.budget = budget
    self.account = account
  }

  /// What it is charged for.
  var byteCount: Int {
    capacity == 0
      ? 0 : MappedBuffer.reservedByteCount(for: capacity * MemoryLayout<Element>.stride)
  }

  /// The element at a place below `count`.
  subscript(place: Int) -> Element {
    @inline(__always) get {
      precondition(place >= 0 && place < count, "a column has no element \(place)")
      return unsafe base.unsafelyUnwrapped[place]
    }
    set {
      precondition(place >= 0 && place < count, "a column has no element \(place)")
      unsafe base.unsafelyUnwrapped[place] = newValue
    }
  }

  /// The elements, while nothing is added or taken out.
  var elements: UnsafeBufferPointer<Element> {
    unsafe UnsafeBufferPointer(start: base, count: count)
  }

  /// Makes room for more elements.
  mutating func makeRoom(for more: Int) throws(SearchIndexError) {
    let needed = count + more
    guard needed > capacity else { return }
    try resize(to: max(needed, capacity + capacity / 8, 4096 / MemoryLayout<Element>.stride))
  }

  /// Adds an element at the end.
  mutating func append(_ element: Element) throws(SearchIndexError) {
    try makeRoom(for: 1)
    unsafe base.unsafelyUnwrapped[count] = element
    count += 1
  }

  /// Adds elements at the end.
  mutating func append(contentsOf elements: Span<Element>) throws(SearchIndexError) {
    try makeRoom(for: elements.count)
    for place in elements.indices {
      unsafe base.unsafelyUnwrapped[count + place] = elements[place]
    }
    count += elements.count
  }

  /// Puts an element before the one at a place, for which `makeRoom` was called.
  mutating func insert(_ element: Element, at place: Int) {
    precondition(place <= count && count < capacity, "a column has no room at \(place)")
    let target = unsafe base.unsafelyUnwrapped + place
    unsafe memmove(target + 1, target, (count - place) * MemoryLayout<Element>.stride)
    unsafe target.pointee = element
    count += 1
  }

  /// Takes an element out.
  mutating func remove(at place: Int) {
    precondition(place < count, "a column has no element \(place)")
    let target = unsafe base.unsafelyUnwrapped + place
    unsafe memmove(target, target + 1, (count - place - 1) * MemoryLayout<Element>.stride)
    count -= 1
  }

  /// Sorts all elements.
  mutating func sort(by precedes: (Element, Element) -> Bool) {
    guard count > 1 else { return }
    var elements = unsafe UnsafeMutableBufferPointer(start: base, count: count)
    unsafe elements.sort(by: precedes)
  }

  /// Gives back the whole pages behind the last element.
  mutating func settle() {
    guard count > 0 else { return }
    capacity = count
    buffer?.shrink(to: count * MemoryLayout<Element>.stride)
  }

  private mutating func resize(to newCapacity: Int) throws(SearchIndexError) {
    let (byteCount, isTooMuch) = newCapacity.multipliedReportingOverflow(
      by: MemoryLayout<Element>.stride)
    guard !isTooMuch else { throw .noRoom(byteCount: .max) }
    let size = MappedBuffer.reservedByteCount(for: byteCount)
    guard let reservation = budget.reserveIfRoom(size, for: account) else {
      throw .noRoom(byteCount: size)
    }
    var new: MappedBuffer
    do {
      new = try MappedBuffer(byteCount: size, reservation: reservation)
    } catch {
      throw .outOfMemory(byteCount: size)
    }
    let newBase = unsafe new.withUnsafeMutableBytes { bytes in
      unsafe bytes.baseAddress?.bindMemory(
        to: Element.self, capacity: size / MemoryLayout<Element>.stride)
    }
    if let base = unsafe base, let newBase = unsafe newBase {
      unsafe newBase.update(from: base, count: count)
    }
    unsafe base = newBase
    buffer = consume new
    capacity = size / MemoryLayout<Element>.stride
  }
}
