import CJPEGReference
import TestSupport

/// libjpeg-turbo as the oracle: encodes what a test wants and decodes at one eighth.
enum JPEGReference {
  struct Picture: Equatable {
    let width: Int
    let height: Int
    let channels: Int
    let samples: [UInt8]
    let warnings: Int
  }

  /// How to encode a picture.
  struct Style: Sendable {
    var width = 160
    var height = 120
    var channels = 3
    var colourSpace = 3
    var quality = 90
    var horizontal = 2
    var vertical = 2
    var restartInterval = 0
    var isProgressive = false
    var isArithmetic = false
    var isOptimized = false
    /// Slopes alone.
    var isSmooth = false
  }

  /// Edges, slopes and noise, the same for the same seed.
  static func samples(_ style: Style, seed: UInt64) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    var samples: [UInt8] = []
    samples.reserveCapacity(style.width * style.height * style.channels)
    for y in 0..<style.height {
      for x in 0..<style.width {
        for channel in 0..<style.channels {
          if style.isSmooth {
            let across = 100 * x / style.width
            samples.append(UInt8((channel == 1 ? 100 - across : across) + 120 * y / style.height))
            continue
          }
          let slope = (x * (channel + 1) + y * (3 - channel)) / 3 % 200
          let edge = (x / 23 + y / 17 + channel) % 2 * 30
          let noise = x > style.width / 2 ? Int(generator.next() % 24) : 0
          samples.append(UInt8(slope + edge + noise))
        }
      }
    }
    return samples
  }

  static func encode(_ style: Style, seed: UInt64 = 1) -> [UInt8]? {
    var settings = cjpegreference_style()
    settings.width = CInt(style.width)
    settings.height = CInt(style.height)
    settings.channels = CInt(style.channels)
    settings.colour_space = CInt(style.colourSpace)
    settings.quality = CInt(style.quality)
    settings.horizontal = CInt(style.horizontal)
    settings.vertical = CInt(style.vertical)
    settings.restart_interval = CInt(style.restartInterval)
    settings.progressive = style.isProgressive ? 1 : 0
    settings.arithmetic = style.isArithmetic ? 1 : 0
    settings.optimize = style.isOptimized ? 1 : 0
    var jpeg: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard cjpegreference_encode(samples(style, seed: seed), &settings, &jpeg, &count) == 0,
      let start = jpeg
    else { return nil }
    defer { cjpegreference_free(jpeg) }
    return Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// The picture at 1/8 as grey (1) or RGB (3); nil when libjpeg refuses.
  static func eighth(_ bytes: [UInt8], channels: Int) -> Picture? {
    var wanted = CInt(channels)
    var (width, height, warnings) = (CInt(0), CInt(0), CLong(0))
    var samples: UnsafeMutablePointer<UInt8>?
    let code = cjpegreference_decode(
      bytes, bytes.count, 8, &wanted, &width, &height, &samples, &warnings)
    guard code == 0, let start = samples else { return nil }
    defer { cjpegreference_free(samples) }
    return Picture(
      width: Int(width), height: Int(height), channels: Int(wanted),
      samples: Array(UnsafeBufferPointer(start: start, count: Int(width * height * wanted))),
      warnings: Int(warnings))
  }
}
