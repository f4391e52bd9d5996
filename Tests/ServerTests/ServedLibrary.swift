import Foundation
import Library
import Platform
import TestSupport
import Testing

@testable import Server

/// A library of a folder, served on a free loopback port, with real workers.
final class ServedLibrary: Sendable {
  let library: Library
  let server: Server
  let port: UInt16
  let directory: TemporaryDirectory

  var host: String { "127.0.0.1:\(port)" }

  /// Opens and serves a library of `folder`; nothing is scanned yet.
  static func open(_ folder: FilePath) async throws -> ServedLibrary {
    let directory = try TemporaryDirectory()
    var options = LibraryOptions()
    options.processByteCount = 16 << 20
    options.roots = [folder]
    options.directory = directory.path.appending("library")
    options.memoryLimit = 512 << 20
    options.workerCount = 2
    options.workerExecutable = BuiltProduct.path("albumen-worker")
    let library = try await Library.open(options)
    var configuration = Server.Configuration()
    configuration.port = 0
    configuration.webDirectory = try checkout().appending("Web")
    configuration.log = { Issue.record("the server logged: \($0)") }
    let server = Server(library: library, configuration: configuration)
    let address = try await server.start()
    let port = try #require(URL(string: address)?.port)
    return ServedLibrary(library, server, UInt16(port), directory)
  }

  private init(
    _ library: Library, _ server: Server, _ port: UInt16, _ directory: TemporaryDirectory
  ) {
    self.library = library
    self.server = server
    self.port = port
    self.directory = directory
  }

  func close() async {
    await server.stop()
    await library.close()
  }

  /// The checkout these tests are in.
  static func checkout(_ file: String = #filePath) throws -> FilePath {
    FilePath(file).parent.parent.parent
  }

  func ask(_ target: String, headers: [String] = []) async throws -> RawClient.Answer {
    try await RawClient(port: port).ask(target, host: host, headers: headers)
  }

  func post(_ target: String, _ json: String) async throws -> RawClient.Answer {
    try await RawClient(port: port).ask(
      "POST", target, host: host, headers: ["Content-Type: application/json"], body: json)
  }

  /// The JSON object at an address, which must answer 200.
  func object(_ target: String) async throws -> [String: Any] {
    try Self.object(try await ask(target))
  }

  static func object(_ answer: RawClient.Answer) throws -> [String: Any] {
    #expect(answer.status == 200, "\(answer.text)")
    #expect(answer["Content-Type"] == "application/json")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any])
  }
}
