import Glibc
import Platform

/// Small text files of the kernel: `/proc`, `/sys/fs/cgroup`.
enum ProcFile {
  /// The whole text. These files say they have no size, so they are read to their end, 1 MiB at most.
  static func text(_ path: FilePath) throws(SystemError) -> String {
    let file = try FileDescriptor.open(path, flags: O_RDONLY)
    var bytes: [UInt8] = []
    while bytes.count < 1 << 20 {
      let part: [UInt8]
      do throws(SystemError) { part = try file.read(at: Int64(bytes.count), count: 4096) } catch {
        throw SystemError(code: error.code, call: error.call, path: path)
      }
      bytes += part
      if part.isEmpty { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The number in a line like `Pss:  1234 kB` or `inactive_file 4096`, in the file's own unit.
  static func number(_ name: String, in text: String) -> Int? {
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      let rest = line.dropFirst(name.count)
      guard let next = rest.first, next == ":" || next == " " else { continue }
      let words = rest.dropFirst().split { $0 == " " || $0 == "\t" }
      if let first = words.first, let number = Int(first) { return number }
    }
    return nil
  }

  /// The number a one-line file holds; nil for "max" or no file.
  static func number(_ path: FilePath) -> Int? {
    guard let text = try? text(path) else { return nil }
    return Int(text.filter { $0 != "\n" && $0 != " " })
  }
}
