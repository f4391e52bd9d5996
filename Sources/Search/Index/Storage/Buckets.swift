import CSearchKernels

/// How the values of a column are parted into up to 255 codes, in their order; code 0 is no value.
///
/// A value is its code and what it is away from where the code starts. Codes are chosen so that about as
/// many assets have each, and so that a frequent value has one for itself: then a comparison looks at one
/// byte an asset and asks for the rest of the number at the edges only, and an order takes the assets of
/// the first codes.
struct Buckets {
  /// The least value of a code, from 2 on. Code 1 is all below, counted downwards.
  private(set) var starts: [Int64]
  /// What a code's numbers are counted from: of code 1 downwards.
  var bases: [Int64] {
    var bases = starts
    bases[1] = starts[2] &- 1
    return bases
  }
  /// The greatest code.
  private(set) var last: UInt8

  /// Before anything is known: below zero, and the rest.
  init() { self.init(starts: [0]) }

  /// - Parameter starts: ascending, 1 to 254 of them.
  init(starts: [Int64]) {
    precondition(starts.count >= 1 && starts.count <= 254, "a code is one byte")
    self.starts = [0, 0] + starts
    last = UInt8(starts.count + 1)
  }

  /// Parts values by how often they are.
  ///
  /// - Parameter sorted: some values, ascending; not empty.
  init(sorted: UnsafeBufferPointer<Int64>) {
    var share = max(1, sorted.count / Self.evenCount)
    var starts = unsafe Self.starts(sorted, share: share)
    while starts.count > Self.evenCount {
      share += max(1, share / 8)
      starts = unsafe Self.starts(sorted, share: share)
    }
    if let last = unsafe sorted.last { Self.halveWidest(&starts, last: last) }
    self.init(starts: starts)
  }

  /// How many codes even parts get. The others go where the numbers of one part are far from each other.
  private static let evenCount = 224

  /// Halves the parts with the widest numbers: all numbers of a chunk have as many bits as the widest.
  private static func halveWidest(_ starts: inout [Int64], last: Int64) {
    while starts.count < 254 {
      let ends = starts.dropFirst().map { $0 &- 1 } + [last]
      let spans = zip(starts, ends).map { UInt64(bitPattern: $1 &- $0) }
      guard let widest = spans.max(), widest > 1, let place = spans.firstIndex(of: widest) else {
        return
      }
      starts.insert(starts[place] &+ Int64(widest / 2) &+ 1, at: place + 1)
    }
  }

  private static func starts(_ sorted: UnsafeBufferPointer<Int64>, share: Int) -> [Int64] {
    var starts: [Int64] = []
    var held = 0
    var index = 0
    while index < sorted.count {
      let value = unsafe sorted[index]
      var end = index + 1
      while end < sorted.count, unsafe sorted[end] == value { end += 1 }
      let count = end - index
      if starts.isEmpty || held + count > share {
        starts.append(value)
        if starts.count > 254 { return starts }
        held = 0
      }
      // What comes behind a frequent value starts a code of its own.
      held += count
      index = end
    }
    return starts
  }

  func code(of value: Int64) -> UInt8 {
    unsafe starts.withUnsafeBufferPointer { starts in
      var low = 1
      var high = Int(last) + 1
      while high - low > 1 {
        let middle = (low + high) >> 1
        if unsafe starts[middle] <= value { low = middle } else { high = middle }
      }
      return UInt8(low)
    }
  }

  func residual(of value: Int64, code: UInt8) -> UInt64 {
    UInt64(
      bitPattern: code == 1 ? starts[2] &- 1 &- value : value &- starts[Int(code)])
  }

  func value(_ code: UInt8, _ residual: UInt64) -> Int64 {
    code == 1
      ? starts[2] &- 1 &- Int64(bitPattern: residual)
      : starts[Int(code)] &+ Int64(bitPattern: residual)
  }
}

/// The part of a column that one chunk has: a byte an asset, and for what codes leave open numbers of
/// `width` bits.
@safe struct ColumnPart {
  /// Nil while no asset of the chunk has a value.
  var codes: UnsafeMutablePointer<UInt8>?
  var residuals: UnsafeMutablePointer<UInt8>?
  var width: UInt8 = 0
  /// No value has a code outside; assets without one have 0.
  var low: UInt8 = .max
  var high: UInt8 = 0

  init() {}

  static func residualByteCount(width: UInt8, capacity: Int) -> Int {
    width == 0 ? 0 : (Int(width > 56 ? 64 : width) * capacity + 7) / 8 + 8
  }

  func code(_ place: Int) -> UInt8 {
    guard let codes = unsafe codes else { return 0 }
    return unsafe codes[place]
  }

  func residual(_ place: Int) -> UInt64 {
    guard let residuals = unsafe residuals else { return 0 }
    return unsafe csearch_number(residuals, UInt32(width), place)
  }

  func setResidual(_ place: Int, _ value: UInt64) {
    if let residuals = unsafe residuals {
      unsafe csearch_set_number(residuals, UInt32(width), place, value)
    }
  }

  /// The bits numbers need to hold one.
  static func width(for residual: UInt64) -> UInt8 {
    UInt8(UInt64.bitWidth - residual.leadingZeroBitCount)
  }
}
