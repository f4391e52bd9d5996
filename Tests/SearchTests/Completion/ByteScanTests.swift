import TestSupport
import Testing

@testable import Search

@Suite struct ByteScanTests {
  private func places(_ needle: [UInt8], _ text: [UInt8], step: Int = 1) -> [Int] {
    var places: [Int] = []
    unsafe text.withUnsafeBufferPointer { text in
      unsafe ByteScan.forEachPlace(of: needle, in: text) { place in
        places.append(place)
        return place + step
      }
    }
    return places
  }

  @Test(arguments: 0..<4)
  func `every place is found, in texts of any length`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for length in Array(0...140) + [191, 192, 193, 500] {
      let text = (0..<length).map { _ in UInt8.random(in: 0...2, using: &random) }
      let needle = (0..<Int.random(in: 1...5, using: &random)).map { _ in
        UInt8.random(in: 0...2, using: &random)
      }
      let expected = text.indices.filter { text[$0...].starts(with: needle) }
      #expect(places(needle, text) == expected)
      // What is passed over is not seen.
      for step in [2, 5, 70] {
        var thinned: [Int] = []
        for place in expected where place >= (thinned.last ?? -step) + step {
          thinned.append(place)
        }
        #expect(places(needle, text, step: step) == thinned)
      }
    }
  }

  @Test func `an end is an end`() {
    var count = 0
    let text = [UInt8](repeating: 1, count: 300)
    unsafe text.withUnsafeBufferPointer { text in
      unsafe ByteScan.forEachPlace(of: [1], in: text) { _ in
        count += 1
        return count < 70 ? 0 : nil
      }
    }
    #expect(count == 70)
  }

  @Test func `a needle longer than a block`() {
    let needle = (0..<100).map { UInt8($0) }
    #expect(places(needle, [7] + needle + needle) == [1, 101])
    #expect(places(needle, Array(needle.dropLast())).isEmpty)
  }
}

@Suite struct EditDistanceTests {
  /// The whole table, without any bounds.
  private func naive(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var table = [[Int]](
      repeating: [Int](repeating: 0, count: right.count + 1), count: left.count + 1)
    for row in 0...left.count {
      for column in 0...right.count {
        guard row > 0, column > 0 else {
          table[row][column] = row + column
          continue
        }
        var cost = table[row - 1][column - 1] + (left[row - 1] == right[column - 1] ? 0 : 1)
        cost = min(cost, table[row - 1][column] + 1, table[row][column - 1] + 1)
        if row > 1, column > 1, left[row - 1] == right[column - 2],
          left[row - 2] == right[column - 1]
        {
          cost = min(cost, table[row - 2][column - 2] + 1)
        }
        table[row][column] = cost
      }
    }
    return table[left.count][right.count]
  }

  @Test(arguments: 1...3)
  func `as the whole table says`(limit: Int) {
    var random = SeededGenerator(seed: UInt64(limit))
    for _ in 0..<300 {
      let word = (0..<Int.random(in: 0...8, using: &random)).map { _ in
        UInt8.random(in: 0...2, using: &random)
      }
      var distance = EditDistance(to: word, limit: limit)
      // One table for many words, as it is used.
      for _ in 0..<10 {
        let other = (0..<Int.random(in: 0...8, using: &random)).map { _ in
          UInt8.random(in: 0...2, using: &random)
        }
        let expected = naive(word, other)
        #expect(distance.from(other.span) == (expected <= limit ? expected : nil))
      }
    }
  }
}
