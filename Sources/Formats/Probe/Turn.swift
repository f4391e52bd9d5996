import Media

/// Quarter turns and mirrorings in any order, as one orientation.
struct Turn {
  // The matrix that takes stored axes to seen axes: x' = a x + b y, y' = c x + d y, y downwards.
  private var a = 1
  private var b = 0
  private var c = 0
  private var d = 1

  /// Nothing is turned.
  init() {}

  /// The upper left part of a QuickTime track matrix (x' = a x + c y, y' = b x + d y there); nil
  /// when it is no quarter turn.
  init?(movieA: Int, b: Int, c: Int, d: Int) {
    self.a = movieA.signum()
    self.b = c.signum()
    self.c = b.signum()
    self.d = d.signum()
    guard (self.a == 0) == (self.d == 0), (self.b == 0) == (self.c == 0),
      (self.a == 0) != (self.b == 0)
    else { return nil }
  }

  /// Turns what is seen so far by quarter turns anticlockwise.
  mutating func rotate(quarterTurnsAnticlockwise count: Int) {
    for _ in 0..<(count & 3) { (a, b, c, d) = (c, d, -a, -b) }
  }

  /// Mirrors what is seen so far: top and bottom change places, or left and right.
  mutating func mirror(exchangesTopAndBottom: Bool) {
    if exchangesTopAndBottom { (c, d) = (-c, -d) } else { (a, b) = (-a, -b) }
  }

  /// The EXIF orientation that says the same.
  var orientation: Orientation {
    switch (a, b, c, d) {
    case (-1, 0, 0, 1): .upMirrored
    case (-1, 0, 0, -1): .down
    case (1, 0, 0, -1): .downMirrored
    case (0, 1, 1, 0): .leftMirrored
    case (0, -1, 1, 0): .right
    case (0, -1, -1, 0): .rightMirrored
    case (0, 1, -1, 0): .left
    default: .up
    }
  }
}
