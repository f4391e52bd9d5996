import Media
import Testing

@testable import Formats

@Suite struct SVGTests {
  @Test(arguments: [
    ("<svg width='64' height='48'/>", 64, 48),
    ("<svg width=\"2in\" height=\"25.4mm\">", 192, 96),
    ("<svg width='72pt' height='6pc' viewBox='0 0 1 1'>", 96, 96),
    ("<svg viewBox='0 0 640 480'>", 640, 480),
    ("<svg viewBox='0,0,640,480' width='320'>", 320, 240),
    ("<svg width='100%' height='100%' viewBox='0 0 30 20'>", 30, 20),
    ("<svg:svg xmlns:svg='http://www.w3.org/2000/svg' width='5' height='6'>", 5, 6),
    ("\u{FEFF}<?xml version='1.0'?>\n<!-- <html> -->\n<svg width='5' height='6'>", 5, 6),
    ("<!DOCTYPE svg [ <!ENTITY a '>'> ]>\n<svg a='>' width='5' height='6'>", 5, 6),
    ("<svg>", 0, 0),
    ("<svg width='-5' height='0'>", 0, 0),
  ])
  func `the root element says how large it is`(text: String, width: UInt32, height: UInt32) throws {
    let probe = try Formats.probe(BytesSource(Array(text.utf8)))
    #expect(probe.format == .svg)
    #expect(probe.storedWidth == width)
    #expect(probe.storedHeight == height)
    #expect(probe.hasAlpha)
  }

  @Test func `a compressed file is looked into`() throws {
    // A stored (uncompressed) deflate block keeps the sample readable.
    let text = Array("<svg width='64' height='48'/>".utf8)
    let header: [UInt8] = [0x1F, 0x8B, 0x08, 0, 0, 0, 0, 0, 2, 3]
    let block = [0x01] + Sample.le(text.count, 2) + Sample.le(~text.count & 0xFFFF, 2) + text
    let probe = try Formats.probe(BytesSource(header + block))
    #expect(probe.format == .svg)
    #expect(probe.storedWidth == 64)
    #expect(probe.storedHeight == 48)
  }
}
