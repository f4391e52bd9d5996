import Platform

/// Why a file of tags, or a part of it, could not be read or written: which file, where, why, and what
/// helps.
package struct ExchangeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  package let path: FilePath
  /// The line, from 1; 0 when it is about the whole file.
  package let line: Int
  /// One sentence: why, and the way out.
  package let reason: String

  package init(_ path: FilePath, line: Int = 0, _ reason: String) {
    self.path = path
    self.line = line
    self.reason = reason
  }

  /// What the system said about a file.
  package init(_ error: SystemError, path: FilePath) {
    self.init(path, "it cannot be read or written: \(error.reason).")
  }

  package var description: String {
    line > 0 ? "\(path), line \(line): \(reason)" : "\(path): \(reason)"
  }
}

/// What was wrong in files that were read for the rest of it: the first few, and how many in all.
package struct ExchangeIssues: Sendable, Equatable {
  /// Issues that are kept; more are only counted.
  package static let keptCount = 100

  /// The first ones.
  package private(set) var first: [ExchangeError] = []
  /// All.
  package private(set) var count = 0

  package init() {}

  /// Adds one.
  package mutating func add(_ issue: ExchangeError) {
    count += 1
    if first.count < Self.keptCount { first.append(issue) }
  }

  /// Adds those of another file.
  package mutating func add(_ other: ExchangeIssues) {
    count += other.count
    first += other.first.prefix(Self.keptCount - first.count)
  }
}
