import Platform

/// How an import went.
package struct ImportSummary: Sendable {
  /// Pictures the files spoke of.
  package var pictureCount = 0
  /// Pictures of those that are in the library.
  package var foundCount = 0
  /// Pictures whose tags or marks changed; those that would, when nothing was to be changed.
  package var changedCount = 0
  /// Pictures that are not in the library: the first few, and how many.
  package var missing: [String] = []
  package var missingCount = 0
  /// What was wrong in the files.
  package var issues = ExchangeIssues()

  package init() {}

  mutating func miss(_ path: FilePath, line: Int) {
    missingCount += 1
    if missing.count < ExchangeIssues.keptCount {
      missing.append(line > 0 ? "line \(line): \(path)" : "\(path)")
    }
  }

  /// Notes what was wrong with a file.
  package mutating func note(_ path: FilePath, _ reason: String) {
    issues.add(ExchangeError(path, reason))
  }

  /// Adds how another file went.
  package mutating func add(_ other: ImportSummary) {
    pictureCount += other.pictureCount
    foundCount += other.foundCount
    changedCount += other.changedCount
    missing += other.missing.prefix(ExchangeIssues.keptCount - missing.count)
    missingCount += other.missingCount
    issues.add(other.issues)
  }
}
