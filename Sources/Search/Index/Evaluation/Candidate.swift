import CSearchKernels

/// An asset that may be on a page, with what orders it.
typealias Candidate = csearch_candidate

extension Candidate {
  init(_ value: Int64, _ id: UInt32) {
    self.init(key: UInt64(bitPattern: value) ^ (1 << 63), id: id)
  }
}

/// Sorts in place, without memory of its own, so that the first `wanted` stand where they belong.
func sortFirst(
  _ wanted: Int, of candidates: UnsafeMutableBufferPointer<Candidate>, isAscending: Bool
) {
  unsafe csearch_sort_first(
    candidates.baseAddress, candidates.count, wanted, isAscending ? 1 : 0)
}
