import Platform
import Scanning
import Thumbnails

/// One line on the terminal that says how far the work is; nothing in a pipe.
struct ProgressBar: Sendable {
  private let console: Console
  private let started = monotonicNanoseconds()

  init(_ console: Console) { self.console = console }

  /// How far a scan is. How many files there are is not known before the end.
  func show(_ progress: ScanProgress) {
    guard console.showsProgress else { return }
    var line = "\(Text.count(progress.discovered)) files"
    line += ", \(Text.count(progress.added + progress.changed)) new or changed"
    if progress.failed > 0 { line += ", \(Text.count(progress.failed)) broken" }
    line += "  \(Text.count(Int(progress.filesPerSecond)))/s"
    if let current = progress.current { line += "  \(Text.oneLine(current.description))" }
    console.progress(line)
  }

  /// How far a known amount of work is.
  func show(_ done: Int, of total: Int, _ what: String) {
    guard console.showsProgress, total > 0 else { return }
    let part = min(1, Double(done) / Double(total))
    let width = 24
    let filled = Int(part * Double(width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let seconds = Double(monotonicNanoseconds() - started) / 1e9
    var line = "\(bar) \(Int(part * 100)) %  \(Text.count(done)) of \(Text.count(total)) \(what)"
    if done > 0, seconds > 1 {
      let left = seconds / Double(done) * Double(total - done)
      line += "  \(Text.count(Int(Double(done) / seconds)))/s"
      line += ", \(Text.duration(milliseconds: Int(left * 1000))) left"
    }
    console.progress(line)
  }

  /// How far something is, in words.
  func show(_ line: String) {
    if console.showsProgress { console.progress(line) }
  }

  /// Removes the line.
  func end() { console.endProgress() }
}
