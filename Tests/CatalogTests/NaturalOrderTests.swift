import Catalog
import TestSupport
import Testing

@Suite struct NaturalOrderTests {
  @Test(arguments: [
    ["IMG_9.jpg", "IMG_10.jpg", "IMG_100.jpg"],
    ["001.jpg", "01.jpg", "1.jpg", "2.jpg", "010.jpg", "10.jpg"],
    ["a", "a.jpg", "a1.jpg", "ab.jpg"],
    ["0.jpg", "0000000000000000000000001.jpg", "2.jpg", "18446744073709551616.jpg"],
    ["IMG_1.JPG", "img_1.jpg", "Img_2.jpg"],
    ["Äpfel 2", "äpfel 10"],
    ["x 1 y 2", "x 1 y 10", "x 2 y 1"],
    ["2024-01-02.jpg", "2024-01-10.jpg", "2024-02-01.jpg"],
  ])
  func `names sort as people expect`(expected: [String]) {
    let shuffled = expected.reversed()
    let sorted = shuffled.sorted {
      NaturalOrder.key(of: Array($0.utf8)).lexicographicallyPrecedes(
        NaturalOrder.key(of: Array($1.utf8)))
    }
    #expect(sorted == expected)
  }

  @Test func `different names have different keys and equal names equal ones`() {
    var generator = SeededGenerator(seed: 4)
    let alphabet: [UInt8] = Array("aAbB019._".utf8) + [0xC3, 0xA9, 0x89, 0xFF]
    var keys: [[UInt8]: [UInt8]] = [:]
    for _ in 0..<20_000 {
      let name = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
      }
      let key = NaturalOrder.key(of: name)
      #expect(keys[key, default: name] == name)
      keys[key] = name
    }
  }

  @Test func `folders come before what is in them and that before their siblings`() {
    let expected = ["", "a", "a/b", "a/b/c", "a/c", "a 2", "a 10", "A10", "b"]
    let sorted = expected.reversed().sorted {
      NaturalOrder.key(ofPath: Array($0.utf8)).lexicographicallyPrecedes(
        NaturalOrder.key(ofPath: Array($1.utf8)))
    }
    #expect(sorted == expected)
  }

  @Test func `an aspect is within two percent or clamped`() {
    for (width, height) in [(4000, 3000), (3000, 4000), (1, 1), (1920, 1080), (100, 999)] {
      let aspect = AspectByte(width: UInt32(width), height: UInt32(height))
      #expect(abs(aspect.ratio / (Double(width) / Double(height)) - 1) < 0.0115)
    }
    #expect(AspectByte(width: 0, height: 5).rawValue == 128)
    #expect(AspectByte(width: 65535, height: 1).rawValue == 255)
    #expect(AspectByte(width: 1, height: 65535).rawValue == 0)
  }
}
