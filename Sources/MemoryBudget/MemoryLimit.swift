import Glibc
import Platform

/// A memory limit that cannot be understood or kept, as a sentence.
public struct MemoryLimitError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String
}

/// How the budget is given: a size in words, or what suits the machine.
public enum MemoryLimit {
  /// Under this, nothing works well: below it the engine refuses to start.
  public static let minimum = 96 << 20
  /// What is used when nobody says anything and the machine has plenty.
  public static let preferred = 512 << 20

  /// Understands "512M", "1G", "256MiB", "1.5GB" and plain bytes. All units are powers of 1,024.
  ///
  /// - Throws: `MemoryLimitError` when it is no size, or one below `minimum`.
  public static func parse(_ text: String) throws(MemoryLimitError) -> Int {
    let trimmed = text.drop { $0 == " " }
    let number = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    var unit = trimmed.dropFirst(number.count).lowercased().filter { $0 != " " }
    if unit.count > 1, unit.hasSuffix("ib") {
      unit.removeLast(2)
    } else if unit.count > 1, unit.hasSuffix("b") {
      unit.removeLast()
    }
    let shifts = ["": 0, "b": 0, "k": 10, "m": 20, "g": 30, "t": 40]
    guard let shift = shifts[unit], let value = Double(number), value.isFinite else {
      throw MemoryLimitError(
        description: "\"\(text)\" is not a size of memory; write it like 512M, 1G or 268435456")
    }
    let bytes = value * Double(1 << shift)
    guard bytes < Double(Int.max) else {
      throw MemoryLimitError(description: "\"\(text)\" is more memory than any machine has")
    }
    try check(Int(bytes), as: text)
    return Int(bytes)
  }

  /// Refuses what is below the minimum.
  public static func check(
    _ byteCount: Int, as text: String? = nil
  ) throws(MemoryLimitError) {
    guard byteCount < minimum else { return }
    throw MemoryLimitError(
      description: """
        \(text ?? "\(byteCount) bytes") is too little memory to work with; \
        give at least \(minimum >> 20)M
        """)
  }

  /// min(512 MiB, a quarter of RAM, 80 % of the cgroup's limit).
  ///
  /// May be below `minimum` on a tiny machine; then the caller says so with `check`.
  public static func systemDefault() -> Int { systemDefault(System()) }

  static func systemDefault(_ system: System) -> Int {
    var limit = preferred
    if let total = system.totalByteCount { limit = min(limit, total / 4) }
    if let group = system.groupByteLimit { limit = min(limit, group / 5 * 4) }
    return limit
  }
}
