/// Sorts a buffer in place, without taking memory: the standard library's sort wants half as much
/// again, which nobody has reserved.
///
/// Quicksort with the median of three, insertion sort for short runs, heapsort when the pivots are
/// bad, so that no order of the input makes it quadratic. Not stable: entries carry their id as
/// the last key. Complexity: O(n log n).
func sortInPlace<Entry: SnapshotEntry>(
  _ entries: UnsafeMutableBufferPointer<Entry>, text: UnsafeRawBufferPointer
) {
  guard entries.count > 1 else { return }
  let depth = 2 * (Int.bitWidth - entries.count.leadingZeroBitCount)
  unsafe quicksort(entries, 0, entries.count, text, depth)
}

private func quicksort<Entry: SnapshotEntry>(
  _ entries: UnsafeMutableBufferPointer<Entry>, _ start: Int, _ end: Int,
  _ text: UnsafeRawBufferPointer, _ depthLimit: Int
) {
  var low = start
  var high = end
  var depth = depthLimit
  while high - low > 24 {
    if depth == 0 { return unsafe heapsort(entries, low, high, text) }
    depth -= 1
    let split = unsafe partition(entries, low, high, text)
    // The shorter part by recursion: the stack stays at log n.
    if split - low < high - split - 1 {
      unsafe quicksort(entries, low, split, text, depth)
      low = split + 1
    } else {
      unsafe quicksort(entries, split + 1, high, text, depth)
      high = split
    }
  }
  unsafe insertionSort(entries, low, high, text)
}

/// Puts the median of three where it belongs and what is smaller before it.
private func partition<Entry: SnapshotEntry>(
  _ entries: UnsafeMutableBufferPointer<Entry>, _ low: Int, _ high: Int,
  _ text: UnsafeRawBufferPointer
) -> Int {
  let middle = low + (high - low) / 2
  let last = high - 1
  if unsafe entries[middle].precedes(entries[low], text) { unsafe entries.swapAt(middle, low) }
  if unsafe entries[last].precedes(entries[low], text) { unsafe entries.swapAt(last, low) }
  if unsafe entries[last].precedes(entries[middle], text) { unsafe entries.swapAt(last, middle) }
  // The pivot waits before the last, which is not smaller; the first is not greater.
  unsafe entries.swapAt(middle, last - 1)
  let pivot = unsafe entries[last - 1]
  var left = low
  var right = last - 1
  while true {
    repeat { left += 1 } while unsafe entries[left].precedes(pivot, text)
    repeat { right -= 1 } while unsafe pivot.precedes(entries[right], text)
    if left >= right { break }
    unsafe entries.swapAt(left, right)
  }
  unsafe entries.swapAt(left, last - 1)
  return left
}

private func insertionSort<Entry: SnapshotEntry>(
  _ entries: UnsafeMutableBufferPointer<Entry>, _ low: Int, _ high: Int,
  _ text: UnsafeRawBufferPointer
) {
  guard high - low > 1 else { return }
  for next in (low + 1)..<high {
    let entry = unsafe entries[next]
    var hole = next
    while hole > low, unsafe entry.precedes(entries[hole - 1], text) {
      unsafe entries[hole] = unsafe entries[hole - 1]
      hole -= 1
    }
    unsafe entries[hole] = entry
  }
}

private func heapsort<Entry: SnapshotEntry>(
  _ entries: UnsafeMutableBufferPointer<Entry>, _ low: Int, _ high: Int,
  _ text: UnsafeRawBufferPointer
) {
  let count = high - low
  func siftDown(_ start: Int, _ end: Int) {
    var root = start
    while true {
      var child = 2 * root + 1
      if child >= end { return }
      if child + 1 < end, unsafe entries[low + child].precedes(entries[low + child + 1], text) {
        child += 1
      }
      if unsafe !entries[low + root].precedes(entries[low + child], text) { return }
      unsafe entries.swapAt(low + root, low + child)
      root = child
    }
  }
  for start in stride(from: count / 2 - 1, through: 0, by: -1) { siftDown(start, count) }
  for end in stride(from: count - 1, to: 0, by: -1) {
    unsafe entries.swapAt(low, low + end)
    siftDown(0, end)
  }
}
