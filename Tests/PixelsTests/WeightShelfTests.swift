import Testing

@testable import Pixels

@Suite struct WeightShelfTests {
  private func key(_ number: Int, targetCount: Int = 20) -> WeightShelf.Key {
    WeightShelf.Key(
      sourceCount: 1000 + number, extent: 1000.5 + Double(number), targetCount: targetCount,
      averaged: 8, mostFractionBits: 15)
  }

  @Test func `weights from the shelf are those that would be made`() {
    let shelf = WeightShelf(capacity: 3)
    for number in [0, 1, 2, 0, 3, 4, 0, 1] {
      let made = LanczosWeights(
        sourceCount: 1000 + number, extent: 1000.5 + Double(number), targetCount: 20, averaged: 8,
        mostFractionBits: 15)
      let found = shelf.weights(for: key(number))
      #expect(found.weights == made.weights)
      #expect(found.firsts == made.firsts && found.counts == made.counts)
      #expect(found.fractionBits == made.fractionBits && found.stride == made.stride)
    }
    #expect(shelf.count == 3)
  }

  @Test func `what is large is not kept`() {
    let shelf = WeightShelf(capacity: 3)
    let large = shelf.weights(for: key(60_000, targetCount: 256))
    #expect(large.weights.count > WeightShelf.keptWeightCount)
    #expect(shelf.count == 0)
  }
}
