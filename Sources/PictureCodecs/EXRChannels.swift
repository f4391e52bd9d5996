import COpenEXR
import Formats
import Media

/// Which channels of an OpenEXR part make its picture.
struct EXRChannels {
  /// How the planes become colours.
  enum Model: Int {
    /// Any one channel as grey.
    case grey = 1
    /// Red, green, blue.
    case rgb
    /// Luminance with the differences RY and BY, mostly at half resolution.
    case luminanceChroma
  }

  var model: Model
  /// Indexes of the planes (red, green, blue or luminance, RY, BY) and of alpha; -1 for none.
  var indexes: [CInt]
  /// The channel that orders deep samples; -1 for none.
  var depth: CInt
  /// How good a picture this is: a part with the highest rank is shown.
  var rank: Int

  /// More channels than this are not looked at.
  static let maximumChannelCount = 1024

  /// Chooses among the channels of a part: R, G, B; Y with or without RY and BY; the same in the
  /// first layer that has them; then whatever comes first. Nil when there is no channel.
  init?(names: [String]) {
    func index(_ name: String) -> CInt {
      CInt(names.firstIndex { $0 == name } ?? -1)
    }
    depth = index("Z")
    var prefixes = [""]
    for name in names {
      guard let dot = name.lastIndex(of: ".") else { continue }
      let prefix = String(name[...dot])
      if !prefixes.contains(prefix), prefixes.count < 64 { prefixes.append(prefix) }
    }
    for prefix in prefixes {
      let isRoot = prefix.isEmpty
      let alpha = index(prefix + "A")
      for (red, green, blue) in [("R", "G", "B"), ("r", "g", "b"), ("red", "green", "blue")] {
        let planes = [index(prefix + red), index(prefix + green), index(prefix + blue)]
        if planes.allSatisfy({ $0 >= 0 }) {
          (model, indexes, rank) = (.rgb, planes + [alpha], isRoot ? 6 : 4)
          return
        }
      }
      let luminance = index(prefix + "Y")
      if luminance >= 0 {
        let red = index(prefix + "RY")
        let blue = index(prefix + "BY")
        if red >= 0, blue >= 0 {
          (model, indexes) = (.luminanceChroma, [luminance, red, blue, alpha])
        } else {
          (model, indexes) = (.grey, [luminance, -1, -1, alpha])
        }
        rank = isRoot ? 5 : 3
        return
      }
    }
    let others = names.indices.filter { names[$0] != "A" && !names[$0].hasSuffix(".A") }
    guard let first = others.first ?? names.indices.first else { return nil }
    if others.count >= 3 {
      (model, indexes) = (.rgb, [CInt(others[0]), CInt(others[1]), CInt(others[2]), -1])
      rank = 2
    } else {
      (model, indexes) = (.grey, [CInt(first), -1, -1, -1])
      rank = 1
    }
  }
}
