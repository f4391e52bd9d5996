/// How stored pixels must be turned to be seen upright: the EXIF orientation, tag 0x0112.
public enum Orientation: UInt8, Sendable, CaseIterable {
  case up = 1
  case upMirrored = 2
  case down = 3
  case downMirrored = 4
  case leftMirrored = 5
  case right = 6
  case rightMirrored = 7
  case left = 8

  /// True when width and height change places.
  public var swapsAxes: Bool { rawValue >= 5 }
}
