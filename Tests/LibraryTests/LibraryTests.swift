import Catalog
import Glibc
import Media
import MemoryBudget
import Platform
import TestSupport
import Testing

@testable import Library

/// A program that is there but is no worker: opening a library does not start one.
private let anyExecutable: FilePath = "/bin/true"

private func options(_ roots: [FilePath], directory: FilePath? = nil) -> LibraryOptions {
  var options = LibraryOptions()
  options.processByteCount = 16 << 20
  options.roots = roots
  options.directory = directory
  options.memoryLimit = 256 << 20
  options.workerExecutable = anyExecutable
  return options
}

@Suite(.timeLimit(.minutes(5))) struct LibraryTests {
  private let directory: TemporaryDirectory
  private let pictures: FilePath
  private let home: FilePath

  init() throws {
    directory = try TemporaryDirectory()
    pictures = try directory.write("pictures/readme.txt").parent
    home = directory.path.appending("library")
  }

  @Test func `a library is made, closed, found from its root and opened again`() async throws {
    let library = try await Library.open(options([pictures], directory: home))
    #expect(library.name == "pictures")
    #expect(library.directory == home)
    #expect(try await library.catalog.roots().map(\.path) == [pictures])
    #expect(library.budget.snapshot()["process.base"]?.bytes ?? 0 > 1 << 20)
    await library.close()
    #expect(try LibraryLocation.locate(home) == home)
    // Without roots: it has them already.
    let again = try await Library.open(options([], directory: home))
    #expect(try await again.catalog.roots().map(\.path) == [pictures])
    await again.close()
  }

  @Test func `a second process is told who has it`() async throws {
    let library = try await Library.open(options([pictures], directory: home))
    let error = await #expect(throws: LibraryError.self) {
      _ = try await Library.open(options([pictures], directory: home))
    }
    #expect(error?.kind == .locked)
    #expect(error?.description.contains("process \(getpid())") == true)
    // To ask who has it takes nothing from anybody.
    for _ in 0..<2 { #expect(LibraryHolder.of(home)?.processID == getpid()) }
    await library.close()
    #expect(LibraryHolder.of(home) == nil)
    #expect(LibraryHolder.of("/no/such/library") == nil)
  }

  @Test(arguments: [true, false])
  func `a lock that was let go of is free, whatever a child has inherited`(
    isReleased: Bool
  ) throws {
    let path = try directory.write("lock", [])
    var lock: LibraryLock? = try LibraryLock(directory: path.parent)
    let file = try FileDescriptor.open(path, flags: O_RDONLY).status()
    let held = try #require(
      (0..<CInt(1024)).first { descriptor in
        let status = FileDescriptor.lending(descriptor) { file in try? file.status() }
        return status?.st_ino == file.st_ino && status?.st_dev == file.st_dev
      } as CInt?)
    // As long as a child has not become its program, it has all that was open.
    let child = FileDescriptor(takingOwnershipOf: dup(held))
    if isReleased { lock?.release() } else { lock = nil }
    #expect(LibraryHolder.of(path.parent) == nil)
    _ = try LibraryLock(directory: path.parent)
    _ = (consume child).rawValue
    withExtendedLifetime(lock) {}
  }

  @Test func `a portable library lies in its folder and is found there`() async throws {
    var portable = options([pictures])
    portable.isPortable = true
    let library = try await Library.open(portable)
    #expect(library.directory == pictures.appending(".albumen"))
    await library.close()
    #expect(try LibraryLocation.locate(pictures) == pictures.appending(".albumen"))
  }

  @Test func `what is missing or not a folder is named, with the way out`() async throws {
    func failure(_ options: LibraryOptions) async -> LibraryError? {
      await #expect(throws: LibraryError.self) { _ = try await Library.open(options) }
    }
    let missing = await failure(options(["/no/such/folder"], directory: home))
    #expect(missing?.kind == .folderMissing)
    #expect(missing?.description.contains("/no/such/folder") == true)
    let file = await failure(options([pictures.appending("readme.txt")], directory: home))
    #expect(file?.description.contains("is not a folder") == true)
    let nothing = await failure(options([], directory: home))
    #expect(nothing?.kind == .notFound)
    #expect(nothing?.description.contains("albumen scan FOLDER") == true)
    var small = options([pictures], directory: home)
    small.memoryLimit = 1 << 20
    #expect(await failure(small)?.kind == .memoryLimit)
    var worker = options([pictures], directory: home)
    worker.workerExecutable = "/no/such/worker"
    #expect(await failure(worker)?.kind == .workerMissing)
  }

  @Test func `a folder that cannot be written is said`() throws {
    let error = LibraryLock.cannotWrite(
      SystemError(code: EROFS, call: "open", path: home), in: home)
    #expect(error.kind == .readOnly)
    #expect(error.description.contains("--library"))
    // Below a file there can be no folder, whoever asks.
    #expect(throws: LibraryError.self) {
      _ = try LibraryLock(directory: pictures.appending("readme.txt"))
    }
  }

  @Test func `a corrupt catalog is said, and where to go`() async throws {
    _ = try directory.write("library/catalog.db", Array(repeating: 0x41, count: 8192))
    let error = await #expect(throws: CatalogError.self) {
      _ = try await Library.open(options([pictures], directory: home))
    }
    #expect(error?.description.contains("\(home)") == true)
    // The lock is free again: the next one hears the same and not that it is locked.
    let second = await #expect(throws: CatalogError.self) {
      _ = try await Library.open(options([pictures], directory: home))
    }
    #expect(second?.kind == error?.kind)
  }

  @Test func `two folders of one name do not share a library`() throws {
    let one = LibraryLocation.directoryName(forRoot: "/home/ada/Pictures")
    let other = LibraryLocation.directoryName(forRoot: "/mnt/Pictures")
    #expect(one != other)
    #expect(String(decoding: one, as: UTF8.self).hasPrefix("Pictures-"))
    // Names must not change between versions.
    #expect(String(decoding: one, as: UTF8.self) == "Pictures-32d7427c")
  }

  @Test func `a changed or replaced original is not opened`() throws {
    let path = try directory.write("pictures/a.jpg", [1, 2, 3])
    let found = try FileDescriptor.open(path, flags: O_RDONLY).status()
    let version = AssetFile.contentVersion(of: found)
    #expect(
      try AssetFile.open(path, version: version).descriptor.read(at: 0, count: 9) == [1, 2, 3])
    _ = try directory.write("pictures/a.jpg", [1, 2, 3, 4])
    #expect(throws: MediaFailure.self) { try AssetFile.open(path, version: version) }
    // A link in its place, even to the same content.
    let link = pictures.appending("link.jpg")
    #expect(symlink(path.description, link.description) == 0)
    let now = AssetFile.contentVersion(
      of: try FileDescriptor.open(path, flags: O_RDONLY).status())
    #expect(throws: MediaFailure.self) { try AssetFile.open(link, version: now) }
    #expect(mkfifo(pictures.appending("pipe.jpg").description, 0o600) == 0)
    #expect(throws: MediaFailure.self) {
      try AssetFile.open(pictures.appending("pipe.jpg"), version: now)
    }
  }

  @Test(arguments: ["b.jpg.xmp", "b.xmp", "b.XMP", "b.jpg.XMP"])
  func `a sidecar is found by its name`(name: String) throws {
    let path = try directory.write("pictures/b.jpg")
    #expect(AssetFile.sidecar(of: path) == nil)
    _ = try directory.write("pictures/\(name)", [42])
    #expect(AssetFile.sidecar(of: path)?.path == pictures.appending(name))
  }
}

@Suite struct LibrarySettingsTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func `settings survive, and so do keys nobody knows`() throws {
    #expect(try LibrarySettings.load(from: directory.path) == LibrarySettings())
    _ = try directory.write(
      "settings.json",
      Array(#"{"memory":"512M","scanThreads":8,"future":{"a":[1,2.5,null,true,"x"]}}"#.utf8))
    var settings = try LibrarySettings.load(from: directory.path)
    #expect(settings.memoryLimit == 512 << 20)
    #expect(settings.scanThreadCount == 8)
    settings.name = "Holidays"
    settings.roots = ["/a", "/b"]
    try settings.save(to: directory.path)
    #expect(try LibrarySettings.load(from: directory.path) == settings)
    let file = try FileDescriptor.open(directory.path.appending("settings.json"), flags: O_RDONLY)
    let text = String(decoding: try file.read(at: 0, count: 10_000), as: UTF8.self)
    #expect(text.contains("\"future\""))
    #expect(text.contains("2.5"))
    #expect(text.contains("Holidays"))
  }

  @Test(arguments: [
    (#"{"memory":"lots"}"#, "\"memory\""), (#"{"memory":5}"#, "\"memory\""),
    (#"{"followLinks":1}"#, "\"followLinks\""), (#"{"oneFileSystem":"yes"}"#, "\"oneFileSystem\""),
    (#"{"scanThreads":0}"#, "\"scanThreads\""), (#"{"scanThreads":"4"}"#, "\"scanThreads\""),
    (#"{"workers":1000}"#, "\"workers\""), (#"{"jobSeconds":2.5}"#, "\"jobSeconds\""),
    (#"{"thumbnailDisk":1}"#, "\"thumbnailDisk\""), (#"{"rescanMinutes":-1}"#, "\"rescanMinutes\""),
    (#"{"name":""}"#, "\"name\""), (#"{"roots":[1]}"#, "\"roots\""), ("[]", "not a JSON object"),
    ("{", "not a JSON object"), ("", "not a JSON object"),
  ])
  func `a value that cannot be is named by its key`(json: String, word: String) throws {
    _ = try directory.write("settings.json", Array(json.utf8))
    let error = #expect(throws: LibraryError.self) {
      try LibrarySettings.load(from: directory.path)
    }
    #expect(error?.kind == .invalidSetting)
    #expect(error?.description.contains(word) == true)
    #expect(error?.description.contains("settings.json") == true)
  }
}
