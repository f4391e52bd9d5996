import Glibc
import Platform

/// Where a command writes: results to standard output, messages and progress to standard error.
///
/// A closed pipe at the other end (`| head`) is not an error: what cannot be written is dropped and
/// the command ends as it would have. Thread-safe.
struct Console: Sendable {
  /// True when standard error is a terminal, so that a progress bar makes sense.
  let showsProgress: Bool
  /// Columns of that terminal.
  let width: Int
  private let output: @Sendable ([UInt8]) -> Void
  private let messages: @Sendable ([UInt8]) -> Void

  /// The process's own output.
  static let standard: Console = {
    var size = winsize()
    let isTerminal = isatty(STDERR_FILENO) == 1
    let hasSize = unsafe isTerminal && ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0
    return Console(
      showsProgress: isTerminal,
      width: hasSize && size.ws_col > 20 ? Int(size.ws_col) : 80,
      output: { write($0, to: STDOUT_FILENO) },
      messages: { write($0, to: STDERR_FILENO) })
  }()

  /// A console that hands everything to closures; for tests.
  init(
    showsProgress: Bool = false, width: Int = 80, output: @escaping @Sendable ([UInt8]) -> Void,
    messages: @escaping @Sendable ([UInt8]) -> Void
  ) {
    self.showsProgress = showsProgress
    self.width = width
    self.output = output
    self.messages = messages
  }

  /// Writes a line of results.
  func print(_ line: String) { output(Array((line + "\n").utf8)) }

  /// Writes a line of JSON.
  func print(_ json: JSONWriter) { output(json.bytes + [0x0A]) }

  /// Writes bytes as they are.
  func write(_ bytes: [UInt8]) { output(bytes) }

  /// Writes a message for people, behind the program's name.
  func note(_ message: String) { messages(Array("albumen: \(message)\n".utf8)) }

  /// Writes over the current line of the terminal; nothing in a pipe.
  func progress(_ line: String) {
    guard showsProgress else { return }
    messages(Array("\r\u{1B}[2K\(line.prefix(width - 1))".utf8))
  }

  /// Removes the progress line.
  func endProgress() {
    guard showsProgress else { return }
    messages(Array("\r\u{1B}[2K".utf8))
  }

  private static func write(_ bytes: [UInt8], to descriptor: CInt) {
    var written = 0
    unsafe bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return }
      while written < buffer.count {
        let count = unsafe Glibc.write(descriptor, base + written, buffer.count - written)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return }
        written += count
      }
    }
  }
}
