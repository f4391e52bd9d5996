import CJPEGReference
import Formats
import Glibc
import Media
import Pixels
import Platform

/// Decodes the files named at one eighth, with Albumen's decoder and libjpeg-turbo's in turn.
///
/// `jpeg-eighth-benchmark compare PAIRS FILE…` prints a line of JSON for each file: milliseconds of
/// both and the ratio for each pair, how far the pictures are apart.
/// `ours N FILE` and `theirs N FILE` only decode, N times: for instruction counts.
/// `reduce SIZE FILE OUT.ppm` writes the picture as a thumbnail has it, before that is encoded.
/// `encode IN.ppm OUT.jpg QUALITY HORIZONTAL VERTICAL CHANNELS PROGRESSIVE RESTART` makes inputs.
@main
struct Benchmark {
  static func main() throws {
    let words = Array(CommandLine.arguments.dropFirst())
    switch words.first {
    case "compare" where words.count >= 3:
      for path in words[2...] { try compare(path, pairs: max(1, Int(words[1]) ?? 5)) }
    case "ours" where words.count == 3:
      let bytes = try contents(words[2])
      for _ in 0..<(Int(words[1]) ?? 1) { _ = try EighthScaleJPEG.decode(BytesSource(bytes)) }
    case "theirs" where words.count == 3:
      let bytes = try contents(words[2])
      for _ in 0..<(Int(words[1]) ?? 1) { _ = try reference(bytes) }
    case "reduce" where words.count == 4: try reduce(words[2], to: Int(words[1]) ?? 256, words[3])
    case "encode" where words.count == 9: try encode(Array(words.dropFirst()))
    default:
      print(
        "usage: jpeg-eighth-benchmark compare PAIRS FILE… | ours N FILE | theirs N FILE "
          + "| reduce SIZE FILE OUT.ppm | encode …")
      exit(2)
    }
  }

  struct Failed: Error, CustomStringConvertible {
    let description: String
  }

  static func contents(_ path: String) throws -> [UInt8] {
    let file = try FileDescriptor.open(FilePath(path), flags: O_RDONLY)
    var bytes: [UInt8] = []
    while true {
      let more = try file.read(at: Int64(bytes.count), count: 1 << 20)
      if more.isEmpty { return bytes }
      bytes += more
    }
  }

  /// libjpeg-turbo's picture at 1/8: its width, height, channels and samples.
  static func reference(
    _ bytes: [UInt8]
  ) throws -> (width: Int, height: Int, channels: Int, samples: [UInt8]) {
    var (channels, width, height, warnings) = (CInt(0), CInt(0), CInt(0), CLong(0))
    var samples: UnsafeMutablePointer<UInt8>?
    let code = unsafe bytes.withUnsafeBufferPointer {
      unsafe cjpegreference_decode(
        $0.baseAddress, $0.count, 8, &channels, &width, &height, &samples, &warnings)
    }
    defer { unsafe cjpegreference_free(samples) }
    guard code == 0, let start = unsafe samples else {
      throw Failed(description: "libjpeg-turbo does not decode it")
    }
    let count = Int(width * height * channels)
    return unsafe (
      Int(width), Int(height), Int(channels),
      Array(UnsafeBufferPointer(start: start, count: count))
    )
  }

  static func compare(_ path: String, pairs: Int) throws {
    let bytes = try contents(path)
    let ours = try EighthScaleJPEG.decode(BytesSource(bytes))
    let theirs = try reference(bytes)
    var worst = 0
    var squares = 0.0
    var sum = 0
    let channels = theirs.channels
    for y in 0..<ours.height {
      for x in 0..<ours.width * channels {
        let difference = abs(
          Int(ours.bytes[y * ours.width * channels + x])
            - Int(theirs.samples[y * theirs.width * channels + x]))
        worst = max(worst, difference)
        sum += difference
        squares += Double(difference * difference)
      }
    }
    let count = Double(max(1, ours.bytes.count))
    // In tenths of a decibel; 99 where nothing differs.
    let noise = squares == 0 ? 99.0 : 10 * log10(255 * 255 * count / squares)

    var mine: [Double] = []
    var peer: [Double] = []
    func ourTime() throws -> Double {
      let begun = monotonicNanoseconds()
      _ = try EighthScaleJPEG.decode(BytesSource(bytes))
      return Double(monotonicNanoseconds() - begun) / 1e6
    }
    func theirTime() throws -> Double {
      let begun = monotonicNanoseconds()
      _ = try reference(bytes)
      return Double(monotonicNanoseconds() - begun) / 1e6
    }
    for pair in 0..<pairs {
      if pair % 2 == 0 {
        mine.append(try ourTime())
        peer.append(try theirTime())
      } else {
        peer.append(try theirTime())
        mine.append(try ourTime())
      }
    }
    let ratios = zip(peer, mine).map { $0 / $1 }
    func list(_ numbers: [Double]) -> String {
      numbers.map { "\(($0 * 1000).rounded() / 1000)" }.joined(separator: ", ")
    }
    print(
      "{\"file\": \"\(path.split(separator: "/").last ?? "")\", \"bytes\": \(bytes.count), "
        + "\"ours_ms\": [\(list(mine))], \"theirs_ms\": [\(list(peer))], "
        + "\"ratios\": [\(list(ratios))], \"worst_difference\": \(worst), "
        + "\"mean_difference\": \(Double(sum) / count), \"psnr\": \(noise)}")
  }

  /// As stored: neither turned nor in other colours.
  static func reduce(_ path: String, to size: Int, _ target: String) throws {
    let bytes = try contents(path)
    let probe = try Formats.probe(BytesSource(bytes))
    let (width, height) = (Int(probe.storedWidth), Int(probe.storedHeight))
    let eighth = try EighthScaleJPEG.decode(BytesSource(bytes))
    let wanted = ThumbnailSize.fitting(width: width, height: height, maxPixelSize: size)
    let made = eighth.resized(
      width: wanted.width, height: wanted.height,
      extent: (Double(width) / 8, Double(height) / 8), averaged: 8)
    let isGrey = made.layout == .grey
    try AtomicFile.write(
      Array("\(isGrey ? "P5" : "P6")\n\(made.width) \(made.height)\n255\n".utf8) + made.bytes,
      to: FilePath(target))
  }

  static func encode(_ words: [String]) throws {
    let file = try contents(words[0])
    // A binary PPM: three numbers behind the magic, one white space, the samples.
    var numbers: [Int] = []
    var at = 2
    while numbers.count < 3, at < file.count {
      if file[at] == UInt8(ascii: "#") {
        at = file[at...].firstIndex(of: 0x0A) ?? file.count
      }
      var number: Int?
      while at < file.count, file[at] >= 0x30, file[at] <= 0x39 {
        number = (number ?? 0) * 10 + Int(file[at] - 0x30)
        at += 1
      }
      if let number { numbers.append(number) }
      at += 1
    }
    let settings = words[2...].compactMap { CInt($0) }
    guard numbers.count == 3, settings.count == 6, file.count - at == numbers[0] * numbers[1] * 3
    else { throw Failed(description: "usage: encode IN.ppm OUT.jpg and six numbers") }
    var samples = Array(file[at...])
    if settings[3] == 1 {
      samples = stride(from: 1, to: samples.count, by: 3).map { samples[$0] }
    }
    var style = cjpegreference_style()
    style.width = CInt(numbers[0])
    style.height = CInt(numbers[1])
    style.quality = settings[0]
    style.horizontal = settings[1]
    style.vertical = settings[2]
    style.channels = settings[3]
    style.colour_space = settings[3] == 1 ? 1 : 3
    style.progressive = settings[4]
    style.restart_interval = settings[5]
    var jpeg: UnsafeMutablePointer<UInt8>?
    var count = 0
    guard unsafe cjpegreference_encode(samples, &style, &jpeg, &count) == 0,
      let start = unsafe jpeg
    else { throw Failed(description: "libjpeg-turbo does not encode it") }
    defer { unsafe cjpegreference_free(jpeg) }
    let output = try FileDescriptor.open(
      FilePath(words[1]), flags: O_WRONLY | O_CREAT | O_TRUNC, permissions: 0o644)
    try output.write(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
  }
}
