import Platform
import Testing

@Suite struct FilePathTests {
  @Test func `trailing slashes and what follows a NUL are dropped`() {
    #expect(FilePath("/a/b//").bytes == Array("/a/b".utf8))
    #expect(FilePath("/").bytes == Array("/".utf8))
    #expect(FilePath(bytes: [0x61, 0, 0x62]).bytes == [0x61])
  }

  @Test(arguments: [
    ("/a/b.JPG", "b.JPG", "jpg", "/a"), ("name", "name", "", "."), ("/x", "x", "", "/"),
    (".hidden", ".hidden", "", "."), ("/a/.jpg", ".jpg", "", "/a"),
    ("a/b.c.PnG", "b.c.PnG", "png", "a"),
  ])
  func `paths come apart by bytes`(path: String, name: String, ending: String, parent: String) {
    let path = FilePath(path)
    #expect(path.name == name)
    #expect(path.fileExtension == ending)
    #expect(path.parent == FilePath(parent))
  }

  @Test func `ancestors are whole components`() {
    #expect(FilePath("/a/bc").isWithin("/a"))
    #expect(FilePath("/a").isWithin("/a"))
    #expect(!FilePath("/ab").isWithin("/a"))
    #expect(FilePath("/ab").isWithin("/"))
    #expect(FilePath("/a/b/c").relative(to: "/a").map(Array.init) == Array("b/c".utf8))
  }

  @Test func `invalid UTF-8 survives and is repaired for people only`() {
    let path = FilePath(bytes: [0x2F, 0xFF, 0x61])
    #expect(path.bytes == [0x2F, 0xFF, 0x61])
    #expect(path.description == "/\u{FFFD}a")
  }
}
