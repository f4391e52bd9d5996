import Foundation
import Media
import Pixels
import Platform
import TestSupport
import Testing

@testable import Formats

extension `Rendering files` {
  /// What no real file of the corpus covers, and what needs no corpus to be proved.
  @Suite(.serialized, .timeLimit(.minutes(5))) struct `Generated files` {
    let files: Generated

    init() throws { files = try Generated() }

    static let left: [UInt8] = [200, 60, 40]
    static let right: [UInt8] = [40, 90, 190]

    private func expectHalves(
      _ picture: PixelBuffer, tolerance: Int = 14, _ comment: Comment? = nil,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let colours = [picture.mean(x: 0.1...0.4), picture.mean(x: 0.6...0.9)]
      #expect(
        isNear(colours[0], Self.left.map(Int.init), tolerance)
          && isNear(colours[1], Self.right.map(Int.init), tolerance),
        comment ?? "\(colours)", sourceLocation: sourceLocation)
    }

    // MARK: JPEG

    @Test(arguments: [
      ("baseline.jpg", "Q=95", false), ("progressive.jpg", "Q=95,interlace", true),
      ("restarts.jpg", "Q=95,restart-interval=3", false),
      ("full-chroma.jpg", "Q=95,subsample-mode=off", false),
    ])
    func `JPEGs of every kind`(name: String, options: String, isProgressive: Bool) throws {
      try files.halves("in.ppm", width: 640, height: 480, left: Self.left, right: Self.right)
      try files.run("vips", "copy", files.path("in.ppm"), "\(files.path(name))[\(options)]")
      for size in [48, 256, 600] {
        let (probe, picture) = try files.render(name, size: size)
        #expect(probe.isProgressive == isProgressive)
        #expect(probe.channelCount == 3)
        #expect(picture.width == size)
        expectHalves(picture)
      }
    }

    @Test(arguments: ["grey.jpg", "grey.jpg[interlace]"])
    func `a grey JPEG is grey`(name: String) throws {
      try files.halves(
        "in.ppm", width: 640, height: 480, left: [210, 210, 210], right: [30, 30, 30])
      try files.run("vips", "colourspace", files.path("in.ppm"), files.path(name), "b-w")
      for size in [64, 600] {
        let (probe, picture) = try files.render("grey.jpg", size: size)
        #expect(probe.channelCount == 1)
        #expect(isNear(picture.mean(x: 0.1...0.4), [210, 210, 210]))
        #expect(isNear(picture.mean(x: 0.6...0.9), [30, 30, 30]))
      }
    }

    /// The same inks, stored as they are and as luma and chroma (Adobe's transform 0 and 2).
    @Test func `CMYK and YCCK agree`() throws {
      func write(_ name: String, stored: [UInt8], transform: UInt8) throws {
        // The writer stores inks inverted, as Adobe does.
        let inks = stored.map { 255 - $0 }
        _ = try files.directory.write(
          "inks", [[UInt8]](repeating: inks, count: 96 * 64).flatMap { $0 })
        try files.run(
          "vips", "rawload", files.path("inks"), files.path("inks.v"), "96", "64", "4",
          "--interpretation", "cmyk")
        try files.run("vips", "jpegsave", files.path("inks.v"), files.path(name), "--Q", "98")
        let path = files.directory.path.appending(name)
        var bytes = try FileDescriptor.open(path, flags: O_RDONLY).read(at: 0, count: 1 << 20)
        let adobe = Array("Adobe".utf8)
        let marker = try #require(
          bytes.indices.dropLast(12).first { Array(bytes[$0..<($0 + 5)]) == adobe })
        #expect(bytes[marker + 11] == 0)
        bytes[marker + 11] = transform
        _ = try files.directory.write(name, bytes)
      }
      // Cyan, magenta, yellow and black as stored by Adobe (255 is no ink), and what they are after
      // 255 − (c, m, y) went from RGB to luma and chroma.
      try write("cmyk.jpg", stored: [200, 60, 40, 255], transform: 0)
      try write("ycck.jpg", stored: [155, 162, 56, 255], transform: 2)
      let (probe, plain) = try files.render("cmyk.jpg")
      #expect(probe.channelCount == 4)
      let colour = plain.mean(x: 0.1...0.9)
      #expect(colour[0] > colour[1] + 60 && colour[0] > colour[2] + 60, "\(colour)")
      let other = try files.render("ycck.jpg").picture.mean(x: 0.1...0.9)
      #expect(isNear(colour, other, 6), "\(colour) and \(other)")
    }

    // MARK: PNG, TIFF

    @Test func `a 16-bit PNG keeps its colours`() throws {
      try files.halves("in.ppm", width: 96, height: 64, left: Self.left, right: Self.right)
      try files.run("vips", "colourspace", files.path("in.ppm"), files.path("deep.png"), "rgb16")
      let (probe, picture) = try files.render("deep.png")
      #expect(probe.bitsPerChannel == 16)
      expectHalves(picture)
    }

    @Test func `an animated PNG shows its first frame and counts all`() throws {
      try files.run(
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i",
        "color=c=0xC83C28:size=96x64:rate=5:duration=0.2", "-f", "lavfi", "-i",
        "color=c=0x0000FF:size=96x64:rate=5:duration=0.4", "-filter_complex",
        "concat=n=2,format=rgb24",
        "-f", "apng", "-plays", "0", files.path("moving.png"))
      let (probe, picture) = try files.render("moving.png")
      #expect(probe.frameCount == 3)
      #expect(probe.durationMilliseconds == 600)
      #expect(isNear(picture.mean(x: 0.1...0.9), [200, 60, 40]))
    }

    @Test(arguments: [
      ("strips.tif", "", 8), ("tiles.tif", "[tile,tile-width=64,tile-height=32]", 8),
      ("tiles-deflate.tif", "[tile,tile-width=64,tile-height=64,compression=deflate]", 16),
      ("tiles-lzw.tif", "[tile,tile-width=128,tile-height=128,compression=lzw]", 16),
      ("tiles-jpeg.tif", "[tile,compression=jpeg,Q=95]", 8),
      ("pyramid.tif", "[tile,pyramid,tile-width=64,tile-height=64]", 8),
      ("bigtiff.tif", "[bigtiff]", 16),
    ])
    func `TIFFs in strips and tiles`(name: String, options: String, bits: Int) throws {
      try files.halves("in.ppm", width: 400, height: 300, left: Self.left, right: Self.right)
      try files.run(
        "vips", "colourspace", files.path("in.ppm"), files.path(name) + options,
        bits == 16 ? "rgb16" : "srgb")
      let (probe, picture) = try files.render(name)
      #expect(probe.bitsPerChannel == UInt8(bits))
      #expect(probe.width == 400 && probe.height == 300)
      #expect(probe.frameCount == 1)
      expectHalves(picture)
    }

    @Test func `a TIFF of 32-bit light is shown as light`() throws {
      try files.halves("in.ppm", width: 96, height: 64, left: Self.left, right: Self.right)
      try files.run("vips", "colourspace", files.path("in.ppm"), files.path("light.tif"), "scrgb")
      let (probe, picture) = try files.render("light.tif")
      #expect(probe.bitsPerChannel == 32)
      expectHalves(picture)
    }

    @Test func `the pages of a TIFF are counted and the first is shown`() throws {
      for (name, colour) in [("1.ppm", Self.left), ("2.ppm", Self.right)] {
        try files.halves(name, width: 96, height: 64, left: colour, right: colour)
      }
      let pages = ["1.ppm", "2.ppm", "2.ppm"].map(files.path).joined(separator: " ")
      try files.run("vips", "arrayjoin", pages, files.path("all.v"), "--across", "1")
      try files.run(
        "vips", "tiffsave", files.path("all.v"), files.path("pages.tif"), "--page-height", "64")
      let (probe, picture) = try files.render("pages.tif")
      #expect(probe.frameCount == 3)
      #expect(probe.height == 64)
      #expect(isNear(picture.mean(x: 0.1...0.9), [200, 60, 40]))
    }

    // MARK: Radiance

    /// One scan line of RGBE pixels, plain or run-length coded.
    private func radiance(isCoded: Bool, width: Int, height: Int) -> [UInt8] {
      // Red light of 2, and grey light of 1/16.
      let pixels: [[UInt8]] = (0..<width).map {
        $0 < width / 2 ? [128, 16, 16, 130] : [128, 128, 128, 125]
      }
      var line: [UInt8] = []
      if isCoded {
        line = [2, 2, UInt8(width >> 8), UInt8(width & 255)]
        for channel in 0..<4 {
          for half in [0, width / 2] {
            var left = width / 2
            while left > 0 {
              let count = min(left, 127)
              line += [UInt8(128 + count), pixels[half][channel]]
              left -= count
            }
          }
        }
      } else {
        line = pixels.flatMap { $0 }
      }
      return Array("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y \(height) +X \(width)\n".utf8)
        + [[UInt8]](repeating: line, count: height).flatMap { $0 }
    }

    @Test(arguments: [true, false])
    func `Radiance light becomes a picture`(isCoded: Bool) throws {
      _ = try files.directory.write(
        "light.hdr", radiance(isCoded: isCoded, width: 320, height: 200))
      let (probe, picture) = try files.render("light.hdr")
      #expect(probe.format == .radianceHDR)
      #expect(probe.width == 320 && probe.height == 200)
      #expect(picture.width == 64 && picture.height == 40)
      let bright = picture.mean(x: 0.1...0.4)
      let dark = picture.mean(x: 0.6...0.9)
      // Red far above one is as bright as it gets; a sixteenth of white is about 71 of 255.
      #expect(bright[0] > 200 && bright[0] > bright[1] + 60, "\(bright)")
      #expect(abs(dark[0] - dark[1]) < 6 && (40...110).contains(dark[0]), "\(dark)")
    }

    @Test func `Radiance light that ends early says so`() throws {
      let whole = radiance(isCoded: true, width: 320, height: 200)
      _ = try files.directory.write("cut.hdr", Array(whole.prefix(whole.count / 2)))
      let failure = #expect(throws: MediaFailure.self) { _ = try files.render("cut.hdr") }
      #expect(failure.map { $0.message.count > 20 } == true)
    }

    // MARK: Videos

    @Test(arguments: [
      ("clip.mp4", MediaFormat.mp4, ["-c:v", "libx264"]),
      ("clip.mov", .quickTime, ["-c:v", "mpeg4", "-q:v", "2"]),
      ("clip.mkv", .matroska, ["-c:v", "libx264"]),
      ("clip.webm", .webm, ["-c:v", "libvpx-vp9", "-b:v", "1M"]),
      ("clip-vp8.webm", .webm, ["-c:v", "libvpx", "-b:v", "1M"]),
      ("clip.avi", .avi, ["-c:v", "mpeg4", "-q:v", "2"]),
      ("clip-mjpeg.avi", .avi, ["-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj420p"]),
    ])
    func `every video has a poster`(name: String, format: MediaFormat, codec: [String]) throws {
      try files.run(
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i",
        "color=c=0xC83C28:size=320x180:rate=10:duration=2",
        more: ["-pix_fmt", "yuv420p"] + codec + [files.path(name)])
      let (probe, picture) = try files.render(name)
      #expect(probe.format == format)
      #expect(probe.width == 320 && probe.height == 180)
      let duration = try #require(probe.durationMilliseconds)
      #expect(abs(duration - 2000) <= 110, "\(duration)")
      #expect(picture.width == 64 && picture.height == 36)
      let colour = picture.mean(x: 0.1...0.9)
      #expect(isNear(colour, [200, 60, 40], 20), "\(colour)")
    }

    // MARK: Drawings

    @Test(arguments: [
      #"<image xlink:href="secret.png" width="10" height="5"/>"#,
      #"<image href="file://FOLDER/secret.png" width="10" height="5"/>"#,
      #"<image href="FOLDER/secret.png" width="10" height="5"/>"#,
      #"<use href="secret.svg#all"/>"#,
      #"<use xlink:href="file://FOLDER/secret.svg#all"/>"#,
      #"<style>@import url("secret.css"); .a { fill: #0000ff }</style>"#,
      #"<style>@import url("file://FOLDER/secret.css");</style>"#,
    ])
    func `a drawing shows nothing of other files`(link: String) throws {
      try files.halves("secret.ppm", width: 10, height: 5, left: [255, 0, 0], right: [255, 0, 0])
      try files.run("vips", "copy", files.path("secret.ppm"), files.path("secret.png"))
      let red = ##"<rect id="all" width="10" height="5" fill="#ff0000"/>"##
      let head =
        #"<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" "#
        + #"viewBox="0 0 10 5">"#
      _ = try files.directory.write("secret.svg", Array("\(head)\(red)</svg>".utf8))
      _ = try files.directory.write("secret.css", Array("rect { fill: #ff0000 !important }".utf8))
      let link = link.replacingOccurrences(
        of: "FOLDER", with: files.directory.path.description)
      _ = try files.directory.write(
        "drawing.svg",
        Array(##"\##(head)<rect width="10" height="5" fill="#0000ff"/>\##(link)</svg>"##.utf8))
      let colour = try files.render("drawing.svg", size: 200).picture.mean(x: 0.1...0.9)
      #expect(isNear(colour, [0, 0, 255], 6), "\(colour)")
    }

    @Test func `a drawing's own parts are shown`() throws {
      _ = try files.directory.write(
        "own.svg",
        Array(
          """
          <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 5"><defs>
          <rect id="all" width="10" height="5" fill="#00ff00"/></defs><use href="#all"/></svg>
          """.utf8))
      let colour = try files.render("own.svg").picture.mean(x: 0.1...0.9)
      #expect(isNear(colour, [0, 255, 0], 6), "\(colour)")
    }
  }
}
