/// One line of an ignore file.
struct IgnorePattern: Sendable {
  /// `!pattern`: takes back what an earlier pattern ignored.
  let isNegated: Bool
  /// `pattern/`: only directories.
  let isForDirectories: Bool
  /// No slash in it: compared with the last component only, at any depth.
  let isForNames: Bool
  let glob: Glob

  /// Reads a line without its newline; nil for blank lines, comments and what can never match.
  init?(line: ArraySlice<UInt8>) {
    var pattern = Self.withoutTrailingSpaces(line)
    guard let first = pattern.first, first != UInt8(ascii: "#") else { return nil }
    isNegated = first == UInt8(ascii: "!")
    if isNegated { pattern = pattern.dropFirst() }
    isForDirectories = pattern.last == slash
    if isForDirectories { pattern = pattern.dropLast() }
    isForNames = !pattern.contains(slash)
    if pattern.first == slash { pattern = pattern.dropFirst() }
    guard !pattern.isEmpty, let glob = Glob(pattern) else { return nil }
    self.glob = glob
  }

  /// Spaces at the end do not count unless a backslash stands before them.
  private static func withoutTrailingSpaces(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var end = line.startIndex
    var index = line.startIndex
    while index < line.endIndex {
      if line[index] == UInt8(ascii: "\\") {
        index = min(index + 2, line.endIndex)
        end = index
      } else {
        if line[index] != UInt8(ascii: " ") { end = index + 1 }
        index += 1
      }
    }
    return line[..<end]
  }
}

/// The patterns of one `.albumenignore` file and of those above it, with the meaning gitignore
/// gives them: the file nearest to a name decides, and in it the last pattern that matches.
///
/// As in git, nothing below an ignored directory can be taken back: a scan does not look into it.
/// Thread-safe (immutable).
public final class IgnoreRules: Sendable {
  /// What an ignore file is called.
  public static let fileName = ".albumenignore"
  /// Longer ignore files are cut here: nobody writes them by hand, and they are read into memory.
  public static let maximumByteCount = 1 << 20

  private let above: IgnoreRules?
  private let patterns: [IgnorePattern]
  /// Where paths below this file's directory begin in paths below the root.
  private let baseByteCount: Int
  /// True when some pattern, here or above, looks at more than the last component.
  let needsPaths: Bool

  /// Reads the bytes of an ignore file.
  ///
  /// - Parameters:
  ///   - bytes: the file's content.
  ///   - folderByteCount: the length of its directory's path below the root; 0 in the root.
  ///   - above: the rules that hold in the directory's parent.
  public init(bytes: [UInt8], folderByteCount: Int = 0, above: IgnoreRules? = nil) {
    self.above = above
    baseByteCount = folderByteCount == 0 ? 0 : folderByteCount + 1
    var content = bytes[...]
    if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = content.dropFirst(3) }
    patterns = content.split(separator: UInt8(ascii: "\n")).compactMap { line in
      IgnorePattern(line: line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }
    needsPaths = patterns.contains { !$0.isForNames } || (above?.needsPaths ?? false)
  }

  /// True when these rules ignore something.
  ///
  /// - Parameters:
  ///   - path: the path below the root, without a leading slash. Its parents must not be ignored
  ///     themselves.
  ///   - isDirectory: whether it is one.
  public func ignores(path: [UInt8], isDirectory: Bool) -> Bool {
    let nameStart = path.lastIndex(of: slash).map { $0 + 1 } ?? 0
    return ignores(name: path[nameStart...], path: path[...], isDirectory: isDirectory)
  }

  /// The same when the last component is at hand; `path` may be empty unless `needsPaths`.
  func ignores(name: ArraySlice<UInt8>, path: ArraySlice<UInt8>, isDirectory: Bool) -> Bool {
    var rules: IgnoreRules? = self
    while let current = rules {
      for pattern in current.patterns.reversed() {
        if pattern.isForDirectories && !isDirectory { continue }
        let text = pattern.isForNames ? name : path.dropFirst(current.baseByteCount)
        if pattern.glob.matches(text) { return !pattern.isNegated }
      }
      rules = current.above
    }
    return false
  }
}
