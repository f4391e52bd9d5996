import Foundation
import Glibc
import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import Codecs
@testable import Formats

extension `Rendering files` {
  /// PNG, WebP and TIFF through their own libraries, against the same files through libvips.
  @Suite(.serialized, .timeLimit(.minutes(5))) struct `Still pictures` {
    let files: Generated

    init() throws {
      try Rendering.prepared.get()
      files = try Generated()
    }

    private typealias Outcome = Result<PixelBuffer, MediaFailure>

    /// The thumbnail as pixels: by our decoder, by libvips', and, when asked for, what both should be: the
    /// whole picture reduced with Lanczos. Nil when the header is refused already, or our
    /// decoder refers the file.
    private func outcomes(
      _ file: OpenFile, size: Int, wantsWhole: Bool = false
    ) throws -> (ours: Outcome, theirs: Outcome, whole: Outcome)? {
      let descriptor = file.descriptor.rawValue
      guard
        let probe = try? Formats.probe(
          DescriptorSource(borrowing: descriptor), fileExtension: file.path.fileExtension)
      else { return nil }
      let request = RenderRequest(
        maxPixelSizes: [size], jpegQuality: 100, reservedByteCount: 1 << 30)
      func pixels(_ render: () throws(MediaFailure) -> RenderResult?) throws -> Outcome? {
        do {
          guard let jpeg = try render()?.images.first?.jpeg else { return nil }
          return .success(
            try jpeg.withUnsafeBufferPointer { try JPEGDecoder.decode($0, target: size) }.pixels)
        } catch let failure as MediaFailure { return .failure(failure) }
      }
      let ours = try pixels { () throws(MediaFailure) in
        try Formats.renderAlone(file.descriptor, probe: probe, request: request)
      }
      func vips(target: Int) throws -> Outcome? {
        try pixels { () throws(MediaFailure) in
          if probe.format == .png { try PNGCheck.findEnd(DescriptorSource(borrowing: descriptor)) }
          var picture = try VipsDecoder.decode(descriptor, format: probe.format, target: target)
          picture.orientation = probe.orientation
          return try picture.finished(probe: probe, request: request)
        }
      }
      guard let ours, let theirs = try vips(target: size),
        let whole = wantsWhole ? try vips(target: RenderRequest.maximumPixelSize) : theirs
      else { return nil }
      return (ours, theirs, whole)
    }

    /// Expects a picture that is as near to what it should be as libvips' is, or so near that it makes
    /// no difference.
    private func expectAsGood(
      _ file: OpenFile, size: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let (ours, theirs, whole) = try #require(
        try outcomes(file, size: size, wantsWhole: true))
      let our = decibels(try ours.get(), try whole.get())
      let their = decibels(try theirs.get(), try whole.get())
      #expect(
        our >= 40 || our >= their - 1, "\(file.path) at \(size): \(our) dB, libvips' \(their) dB",
        sourceLocation: sourceLocation)
    }

    /// How alike two pictures are, in decibels; 99 when they are the same.
    private func decibels(_ left: PixelBuffer, _ right: PixelBuffer) -> Double {
      guard (left.width, left.height) == (right.width, right.height) else { return 0 }
      let sum = zip(left.bytes, right.bytes).reduce(0) { sum, pair in
        let difference = Int(pair.0) - Int(pair.1)
        return sum + difference * difference
      }
      return sum == 0
        ? 99 : 10 * log10(255 * 255 / (Double(sum) / Double(left.bytes.count)))
    }

    private static let corpus = CorpusFile.all.filter { file in
      // 268 megapixels take a debug build minutes.
      ["png", "webp", "tif", "tiff"].contains { file.path.hasSuffix(".\($0)") }
        && file.path != "broken/16384x16384.png"
    }

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: corpus.isEmpty ? [] : corpus)
    func `the corpus gives the same pictures and the same verdicts`(file: CorpusFile) throws {
      for size in [40, 128] {
        let open = try file.open()
        guard let (ours, theirs, _) = try outcomes(open, size: size) else { continue }
        switch (ours, theirs) {
        case (.success, .success): try expectAsGood(open, size: size)
        case (.failure(let ours), .failure(let theirs)): #expect(ours.kind == theirs.kind)
        case (.failure(let ours), .success): Issue.record("ours: \(ours)")
        case (.success, .failure(let theirs)): Issue.record("libvips': \(theirs)")
        }
      }
    }

    /// A photograph of the corpus in another format.
    private func photograph(_ name: String, options: String, space: String = "srgb") throws {
      let source = try #require(Corpus.directory).appending("jpeg/harvesters.jpeg")
      try files.run("vips", "thumbnail", source.description, files.path("small.v"), "900")
      try files.run(
        "vips", "colourspace", files.path("small.v"), files.path("photograph.v"), space)
      try files.run("vips", "copy", files.path("photograph.v"), files.path(name) + options)
    }

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: [
        ("a.png", "", "srgb"), ("grey.png", "", "b-w"), ("deep.png", "", "rgb16"),
        ("deep-grey.png", "", "grey16"), ("palette.png", "[palette]", "srgb"),
        ("interlaced.png", "[interlace]", "srgb"), ("lossy.webp", "[Q=85]", "srgb"),
        ("coarse.webp", "[Q=20]", "srgb"), ("lossless.webp", "[lossless]", "srgb"),
        ("a.tif", "", "srgb"), ("grey.tif", "[compression=deflate]", "b-w"),
        ("deep.tif", "[compression=lzw,predictor=horizontal]", "rgb16"),
        ("white.tif", "[miniswhite]", "b-w"), ("zstd.tif", "[compression=zstd]", "srgb"),
        ("jpeg.tif", "[compression=jpeg,Q=90]", "srgb"),
        ("packed.tif", "[compression=packbits]", "srgb"), ("fax.tif", "[bitdepth=1]", "b-w"),
        ("two-bits.tif", "[bitdepth=2,compression=deflate,predictor=none]", "b-w"),
        ("tiles.tif", "[tile,compression=deflate]", "srgb"),
        ("deep-tiles.tif", "[tile,tile-width=64,tile-height=48]", "grey16"),
        ("big.tif", "[bigtiff]", "srgb"),
      ])
    func `a photograph is as good`(name: String, options: String, space: String) throws {
      try photograph(name, options: options, space: space)
      for size in [60, 128, 256] {
        try expectAsGood(try files.open(name), size: size)
      }
    }

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: [
        "alpha.png", "alpha.webp[Q=90]", "alpha-lossless.webp[lossless]",
        "alpha.tif[compression=deflate]",
      ])
    func `transparency is as good`(target: String) throws {
      let source = try #require(Corpus.directory).appending("jpeg/harvesters.jpeg")
      let name = String(target.prefix { $0 != "[" })
      try files.run("vips", "thumbnail", source.description, files.path("small.v"), "900")
      // The picture's own luma as its alpha.
      try files.run("vips", "colourspace", files.path("small.v"), files.path("grey.v"), "b-w")
      try files.run(
        "vips", "bandjoin", "\(files.path("small.v")) \(files.path("grey.v"))",
        files.path(target))
      for size in [60, 256] {
        try expectAsGood(try files.open(name), size: size)
      }
    }

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: [
        ("cut.png", ""), ("cut-interlaced.png", "[interlace]"), ("cut.webp", "[Q=80]"),
        ("cut-lossless.webp", "[lossless]"), ("cut.tif", ""),
        ("cut-packed.tif", "[compression=deflate,tile]"),
      ])
    func `a file that is cut says so`(name: String, options: String) throws {
      try photograph("whole." + name, options: options)
      let whole = try files.open("whole." + name)
      let byteCount = Int(try whole.descriptor.status().st_size)
      for part in [3, 7, 15] {
        let bytes = try whole.descriptor.read(at: 0, count: byteCount * part / 16)
        _ = try files.directory.write(name, bytes)
        guard let (ours, _, _) = try outcomes(try files.open(name), size: 64) else { continue }
        guard case .failure(let failure) = ours else {
          Issue.record("\(part)/16 made a picture")
          continue
        }
        #expect(failure.kind == .truncated, "\(failure)")
      }
    }

    /// The decoder itself: what size its level was is seen before it is reduced to what was asked for.
    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: ["[tile,pyramid]", "[tile,pyramid,subifd]"])
    func `the smallest level of a TIFF that is enough is read`(options: String) throws {
      try photograph("levels.tif", options: options)
      let file = try files.open("levels.tif")
      let descriptor = file.descriptor.rawValue
      let probe = try Formats.probe(DescriptorSource(borrowing: descriptor))
      #expect(probe.storedWidth == 900)
      for (target, width) in [(200, 225), (226, 450), (450, 450), (451, 900), (2000, 900)] {
        let picture = try #require(
          try TIFFDecoder.decode(
            descriptor, probe: probe, target: target, reservedByteCount: 0))
        #expect(picture.pixels.width == width, "\(target)")
        #expect(picture.fullWidth == 900)
      }
      try photograph("plain.tif", options: "")
      let plain = try #require(
        try outcomes(try files.open("plain.tif"), size: 200, wantsWhole: true)
      ).whole.get()
      let ours = try #require(try outcomes(file, size: 200)).ours.get()
      // A level is the mean of pixels, which blurs a little.
      #expect(decibels(ours, plain) >= 30, "\(decibels(ours, plain)) dB")
    }

    @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
    func `colours multiplied by their alpha are divided by it`() throws {
      try photograph("plain.tif", options: "")
      try files.run(
        "vips", "linear", files.path("small.v"), files.path("half.v"), "0.5", "0", "--uchar")
      try files.run(
        "vips", "linear", files.path("half.v"), files.path("grey.v"), "0", "128", "--uchar")
      try files.run("vips", "extract_band", files.path("grey.v"), files.path("alpha.v"), "0")
      try files.run(
        "vips", "bandjoin", "\(files.path("half.v")) \(files.path("alpha.v"))",
        files.path("half.tif"))
      // From straight alpha to multiplied: the value of tag 338, of type short.
      var bytes = try files.open("half.tif").descriptor.read(at: 0, count: 10 << 20)
      let tag: [UInt8] = [0x52, 0x01, 3, 0, 1, 0, 0, 0, 2, 0]
      let place = try #require(bytes.indices.first { bytes[$0...].starts(with: tag) })
      bytes[place + 8] = 1
      _ = try files.directory.write("half.tif", bytes)
      func mean(_ name: String) throws -> [Int] {
        try files.render(name, size: 256, background: RGB(red: 0, green: 0, blue: 0)).picture
          .mean(x: 0.1...0.9)
      }
      let plain = try mean("plain.tif")
      #expect(isNear(try mean("half.tif"), plain.map { $0 / 2 }, 3))
    }

    @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
    func `damaged files never trap, and mostly get libvips' verdict`() throws {
      var generator = SeededGenerator(seed: 7)
      var verdicts = (same: 0, other: 0)
      for file in Self.corpus where file.isExpectedToWork {
        let open = try file.open()
        let whole = try open.descriptor.read(at: 0, count: 300_000)
        for _ in 0..<12 {
          var bytes = whole
          for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let reach = Bool.random(using: &generator) ? min(200, bytes.count) : bytes.count
            bytes[Int.random(in: 0..<reach, using: &generator)] ^=
              1 << UInt8.random(in: 0..<8, using: &generator)
          }
          let name = "damaged." + (file.path.split(separator: ".").last ?? "")
          _ = try files.directory.write(name, bytes)
          let open = try files.open(name)
          guard
            let probe = try? Formats.probe(
              DescriptorSource(borrowing: open.descriptor.rawValue)),
            probe.storedWidth < 4000, probe.storedHeight < 4000,
            let (ours, theirs, _) = try outcomes(open, size: 64)
          else { continue }
          switch (ours, theirs) {
          case (.success, .success), (.failure, .failure): verdicts.same += 1
          default: verdicts.other += 1
          }
        }
      }
      #expect(verdicts.same > 150)
      // libvips calls a PNG of which no row can be read a black picture, and refuses a WebP for damage
      // beside its picture.
      #expect(verdicts.other * 5 < verdicts.same, "\(verdicts)")
    }
  }
}
