import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import Codecs
@testable import Formats
@testable import PictureCodecs

extension `Rendering files` {
  /// HEIF, AVIF and JPEG XL straight through their own libraries, held to what libvips makes of them.
  @Suite(.serialized, .timeLimit(.minutes(5))) struct `Libraries of one format` {
    let files: Generated

    init() throws {
      files = try Generated()
      try Rendering.prepared.get()
    }

    private func probe(_ file: OpenFile) throws -> Probe {
      try Formats.probe(
        try DescriptorSource(borrowing: file.descriptor.rawValue),
        fileExtension: file.path.fileExtension)
    }

    /// What the format's own library makes; nil when it is left to the general ones.
    private func straight(_ file: OpenFile, size: Int) throws -> DecodedPicture? {
      try PictureCodecs.decode(
        file.descriptor.rawValue, probe: try probe(file),
        request: RenderRequest(maxPixelSizes: [size]))
    }

    private func general(_ file: OpenFile, size: Int) throws -> DecodedPicture {
      let probe = try probe(file)
      let descriptor = file.descriptor.rawValue
      return probe.format == .jpegXL
        ? try VipsDecoder.decode(descriptor, format: .jpegXL, target: size)
        : try VipsHEIFDecoder.decode(
          DescriptorSource(borrowing: descriptor), descriptor, format: probe.format, target: size)
    }

    private func pixels(_ picture: DecodedPicture, _ probe: Probe, size: Int) throws -> PixelBuffer
    {
      let made = try picture.finished(
        probe: probe, request: RenderRequest(maxPixelSizes: [size], jpegQuality: 100))
      let jpeg = try #require(made.images.first).jpeg
      return try jpeg.withUnsafeBufferPointer { try JPEGDecoder.decode($0, target: size) }.pixels
    }

    /// Decibels between two pictures of one size.
    private func likeness(_ left: PixelBuffer, _ right: PixelBuffer) throws -> Double {
      try #require(left.width == right.width && left.height == right.height)
      try #require(left.bytes.count == right.bytes.count)
      let sum = zip(left.bytes, right.bytes).reduce(0) { sum, pair in
        let difference = Int(pair.0) - Int(pair.1)
        return sum + difference * difference
      }
      return 10 * log10(65_025 * Double(left.bytes.count) / Double(max(sum, 1)))
    }

    private func expectLikeness(_ file: OpenFile, size: Int, decibels: Double) throws {
      let probe = try probe(file)
      let ours = try pixels(
        try #require(try straight(file, size: size), "it is left to the general libraries"),
        probe, size: size)
      let theirs = try pixels(try general(file, size: size), probe, size: size)
      let found = try likeness(ours, theirs)
      #expect(found >= decibels, "\(file.path) at \(size): \(found) dB")
    }

    /// The files whose own library makes the whole picture; the filters that reduce differ, so
    /// only what is not reduced is the same to the bit of a JPEG.
    static let realFiles = [
      "avif/colors_hdr_p3.avif", "avif/paris_icc_exif_xmp.avif", "avif/rot1mir0.avif",
      "avif/seine_sdr_gainmap_srgb.avif", "avif/sofa_grid1x5_420.avif",
      "avif/xmp_tags_orientation.avif", "heif/L_8__128x128.heif", "heif/RGB_10__128x128.heif",
      "heif/RGB_8__128x128.heif", "heif/hopper.heif", "live-photo/IMG_7943.HEIC",
      "metadata/sunrise.avif", "photos/8bit-sRGB.avif", "photos/IMG_2682.heic",
      "jxl/alpha_nonpremultiplied.jxl", "jxl/bench_oriented_brg.jxl", "jxl/grayscale.jxl",
      "jxl/sunset_logo.jxl", "photos/8bit-sRGB.jxl",
    ]

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)), arguments: realFiles)
    func `a real file is the picture that libvips makes`(path: String) throws {
      let file = try CorpusFile(path: path, isExpectedToWork: true, note: "").open()
      let probe = try probe(file)
      let longest = Int(max(probe.width, probe.height))
      if longest <= 512 { try expectLikeness(file, size: longest, decibels: 43) }
      try expectLikeness(file, size: longest > 1024 ? 512 : 64, decibels: 31)
    }

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: [
        // An alpha plane, a sequence, a file that ends early.
        "avif/abc_color_irot_alpha_irot.avif", "avif/colors-animated-8bpc.avif",
        "broken/truncated.heic",
      ])
    func `what is unusual or damaged is left to the general libraries`(path: String) throws {
      let file = try CorpusFile(path: path, isExpectedToWork: true, note: "").open()
      let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
      #expect(try HEIFDecoder.decode(source, target: 256) == nil)
    }

    @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
    func `a thumbnail in the file is shown when it is large enough, and turned like the picture`()
      throws
    {
      let file = try CorpusFile(
        path: "photos/IMG_2682.heic", isExpectedToWork: true, note: ""
      ).open()
      #expect(try straight(file, size: 320)?.fullWidth == 320)
      #expect(try straight(file, size: 321)?.fullWidth == 4032)
    }

    /// One of the boxes of the real file above, and what an editor might leave in it.
    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: [
        ("as it is", [UInt8](), [UInt8](), 320),
        // 320 × 238 is another shape; 320 × 241 is what rounding may make of it.
        (
          "another shape", Array("ispe".utf8) + [0, 0, 0, 0, 0, 0, 1, 64, 0, 0, 0, 240],
          Array("ispe".utf8) + [0, 0, 0, 0, 0, 0, 1, 64, 0, 0, 0, 238], 4032
        ),
        (
          "rounded", Array("ispe".utf8) + [0, 0, 0, 0, 0, 0, 1, 64, 0, 0, 0, 240],
          Array("ispe".utf8) + [0, 0, 0, 0, 0, 0, 1, 64, 0, 0, 0, 241], 320
        ),
        ("no thumbnail of it", Array("thmb".utf8), Array("none".utf8), 4032),
        ("a codec nobody knows", Array("hvc1".utf8), Array("none".utf8), 0),
      ])
    func `a thumbnail is shown for a picture it is true to`(
      what: String, wanted: [UInt8], replacement: [UInt8], width: Int
    ) throws {
      let file = try CorpusFile(
        path: "photos/IMG_2682.heic", isExpectedToWork: true, note: ""
      ).open()
      let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
      var bytes = try source.read(at: 0, count: Int(source.byteCount))
      var at = 0
      while !wanted.isEmpty, at + wanted.count <= 16_384 {
        if bytes[at..<(at + wanted.count)].elementsEqual(wanted) {
          bytes.replaceSubrange(at..<(at + wanted.count), with: replacement)
        }
        at += 1
      }
      let found = try HEIFPicture.find(in: BytesSource(bytes), target: 256)
      #expect((found?.width ?? 0) == width, "\(what)")
    }

    @Test(.enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)))
    func `a grid and a crop are read from the boxes`() throws {
      func find(_ path: String) throws -> HEIFPicture {
        let file = try CorpusFile(path: path, isExpectedToWork: true, note: "").open()
        return try #require(
          try HEIFPicture.find(
            in: DescriptorSource(borrowing: file.descriptor.rawValue), target: 4096))
      }
      let photograph = try find("photos/IMG_2682.heic")
      #expect(photograph.tiles.count == 48 && photograph.columnCount == 8)
      #expect(photograph.tileWidth == 512 && photograph.tileHeight == 512)
      let cropped = try find("live-photo/IMG_7943.HEIC")
      #expect(cropped.crop == (0, 0, 100, 133) && cropped.height == 134)
      #expect(try find("avif/rot1mir0.avif").orientation != .up)
    }

    // MARK: Generated

    @Test(arguments: [
      ("full.heic", "heifsave", ["--compression", "hevc", "--subsample-mode", "off"]),
      ("deep.heic", "heifsave", ["--compression", "hevc", "--bitdepth", "10"]),
      ("exact.avif", "heifsave", ["--compression", "av1", "--lossless"]),
      ("deep.avif", "heifsave", ["--compression", "av1", "--bitdepth", "12", "--effort", "0"]),
      ("plain.avif", "heifsave", ["--compression", "av1", "--effort", "0"]),
      ("plain.jxl", "jxlsave", ["--effort", "3"]),
      ("exact.jxl", "jxlsave", ["--lossless", "--effort", "3"]),
    ])
    func `a written file is the picture that libvips makes`(
      name: String, command: String, options: [String]
    ) throws {
      // An odd width and height, so that chroma reaches beyond the edge.
      try files.halves(
        "in.ppm", width: 501, height: 333, left: [200, 60, 40], right: [40, 90, 190])
      try files.run("vips", command, files.path("in.ppm"), files.path(name), more: options)
      let file = try files.open(name)
      try expectLikeness(file, size: 501, decibels: 40)
      try expectLikeness(file, size: 64, decibels: 31)
      let picture = try pixels(
        try #require(try straight(file, size: 64)), try probe(file), size: 64)
      #expect(isNear(picture.mean(x: 0.1...0.4), [200, 60, 40]))
      #expect(isNear(picture.mean(x: 0.6...0.9), [40, 90, 190]))
    }

    @Test(arguments: ["b-w", "rgb16", "grey16"])
    func `JPEG XL of every depth keeps its colours`(interpretation: String) throws {
      try files.halves(
        "in.ppm", width: 400, height: 300, left: [200, 60, 40], right: [40, 90, 190])
      try files.run(
        "vips", "colourspace", files.path("in.ppm"), files.path("in.v"), interpretation)
      try files.run("vips", "jxlsave", files.path("in.v"), files.path("a.jxl"), "--effort", "3")
      try expectLikeness(try files.open("a.jxl"), size: 400, decibels: 40)
      try expectLikeness(try files.open("a.jxl"), size: 64, decibels: 31)
    }

    @Test(arguments: [[], ["--lossless"]])
    func `light in floating point is shown as light, or left to the general libraries`(
      options: [String]
    ) throws {
      try files.halves("in.ppm", width: 64, height: 48, left: [200, 60, 40], right: [40, 90, 190])
      try files.run("vips", "colourspace", files.path("in.ppm"), files.path("in.v"), "scrgb")
      try files.run(
        "vips", "jxlsave", files.path("in.v"), files.path("light.jxl"), more: options)
      let made = try straight(try files.open("light.jxl"), size: 32)
      #expect((made == nil) == options.contains("--lossless"))
      let (_, picture) = try files.render("light.jxl")
      #expect(picture.width == 64)
      if made != nil { #expect(isNear(picture.mean(x: 0.1...0.4), [200, 60, 40])) }
    }

    // MARK: Damage

    @Test(
      .enabled(if: Corpus.isPresent, Comment(rawValue: Corpus.absence)),
      arguments: ["heif/hopper.heif", "avif/rot1mir0.avif", "jxl/sunset_logo.jxl"])
    func `a file that ends early gives no picture`(path: String) throws {
      let file = try CorpusFile(path: path, isExpectedToWork: true, note: "").open()
      let probe = try probe(file)
      let source = try DescriptorSource(borrowing: file.descriptor.rawValue)
      let whole = try source.read(at: 0, count: Int(source.byteCount))
      for share in [0.2, 0.5, 0.9, 0.99] {
        let name = "cut.\(file.path.fileExtension)"
        _ = try files.directory.write(name, Array(whole.prefix(Int(Double(whole.count) * share))))
        let cut = try files.open(name)
        let made = try? PictureCodecs.decode(
          cut.descriptor.rawValue, probe: probe, request: RenderRequest(maxPixelSizes: [64]))
        #expect(made == nil, "with \(share) of it")
      }
    }

    @Test(arguments: [
      (6000, 4000, 1620, 1080, true), (6016, 4016, 1620, 1080, true),
      (4000, 3000, 1600, 900, false),
      (6000, 4000, 160, 120, false), (0, 0, 160, 120, true),
    ])
    func `a RAW's preview must have the shape of its picture`(
      width: Int, height: Int, previewWidth: Int, previewHeight: Int, isShape: Bool
    ) {
      var preview = DecodedPicture(
        pixels: PixelBuffer(width: 1, height: 1, layout: .grey, bytes: [0]))
      (preview.fullWidth, preview.fullHeight) = (previewWidth, previewHeight)
      #expect(RawDecoder.isShape(of: preview, width: width, height: height) == isShape)
    }
  }
}
