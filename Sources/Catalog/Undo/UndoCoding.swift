/// Writes the numbers and texts of undo records: numbers of 7 bits a byte, the low ones first.
struct CompactWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func write(_ count: Int) { write(UInt64(count)) }

  /// Small negative numbers are short too.
  mutating func write(signed number: Int64) {
    write(UInt64(bitPattern: (number << 1) ^ (number >> 63)))
  }

  mutating func write(_ text: String) {
    write(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func write(_ text: String?) {
    write(text == nil ? 0 : 1)
    if let text { write(text) }
  }

  mutating func write(_ numbers: [Int64]) {
    write(numbers.count)
    var last: Int64 = 0
    for number in numbers {
      write(signed: number &- last)
      last = number
    }
  }

  mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }
}

/// Reads what `CompactWriter` writes; every call fails with `Damage` at the end of the bytes.
struct CompactReader {
  struct Damage: Error {}

  private let bytes: [UInt8]
  private var index = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { index == bytes.count }

  mutating func number() throws(Damage) -> UInt64 {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), through: 63, by: 7) {
      guard index < bytes.count else { throw Damage() }
      let byte = bytes[index]
      index += 1
      number |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return number }
    }
    throw Damage()
  }

  /// How many things follow, each at least a byte long.
  mutating func count() throws(Damage) -> Int {
    guard let count = Int(exactly: try number()), count <= bytes.count - index else {
      throw Damage()
    }
    return count
  }

  mutating func signed() throws(Damage) -> Int64 {
    let number = try number()
    return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
  }

  mutating func text() throws(Damage) -> String {
    let count = try count()
    defer { index += count }
    return String(decoding: bytes[index..<index + count], as: UTF8.self)
  }

  mutating func optionalText() throws(Damage) -> String? { try number() == 0 ? nil : try text() }

  mutating func numbers() throws(Damage) -> [Int64] {
    let count = try count()
    var numbers: [Int64] = []
    numbers.reserveCapacity(count)
    var last: Int64 = 0
    for _ in 0..<count {
      last = last &+ (try signed())
      numbers.append(last)
    }
    return numbers
  }
}
