/// A compiled wildcard pattern over bytes, as gitignore has them.
///
/// It is matched by following all positions a match could be in at once, so the time is bounded by
/// pattern length × text length: a pattern from a hostile folder cannot make it explode. Thread-safe
/// (a value).
struct Glob: Sendable {
  enum Token: Sendable, Equatable {
    case byte(UInt8)
    /// `?`: any one byte but a slash.
    case anyByte
    /// `[…]`: one byte of a set, never a slash.
    case set(ByteSet)
    /// `*`: any bytes but a slash, also none.
    case star
    /// `**/` at the start or after a slash: nothing, or any bytes and a slash. Two tokens, because
    /// only who has not begun with the bytes may pass over it.
    case maybeFolders, insideFolders
    /// `**` at the end, after a slash: everything.
    case everything
  }

  /// What a matcher may try first, because most patterns are this simple.
  private enum Shortcut: Sendable {
    case exact([UInt8])
    case suffix([UInt8])
    case none
  }

  private let tokens: [Token]
  private let shortcut: Shortcut

  /// Compiles a pattern; nil when it can never match (an open bracket, a trailing backslash).
  init?(_ pattern: ArraySlice<UInt8>) {
    guard let tokens = Self.compile(pattern) else { return nil }
    self.tokens = tokens
    func literal(_ part: ArraySlice<Token>) -> [UInt8]? {
      var bytes: [UInt8] = []
      for token in part {
        guard case .byte(let byte) = token else { return nil }
        bytes.append(byte)
      }
      return bytes
    }
    if let bytes = literal(tokens[...]) {
      shortcut = .exact(bytes)
    } else if tokens.first == .star, let bytes = literal(tokens.dropFirst()), !bytes.contains(slash)
    {
      shortcut = .suffix(bytes)
    } else {
      shortcut = .none
    }
  }

  /// True when the whole of `text` matches.
  ///
  /// - Complexity: O(pattern × text).
  func matches(_ text: ArraySlice<UInt8>) -> Bool {
    switch shortcut {
    case .exact(let bytes): return text.elementsEqual(bytes)
    case .suffix(let bytes):
      return text.count >= bytes.count && text.suffix(bytes.count).elementsEqual(bytes)
        && !text.dropLast(bytes.count).contains(slash)
    case .none: return matchesAll(text)
    }
  }

  private func matchesAll(_ text: ArraySlice<UInt8>) -> Bool {
    // active[i]: the text so far is matched by the first i tokens.
    var active = [Bool](repeating: false, count: tokens.count + 1)
    var next = active
    active[0] = true
    skipEmpty(&active)
    for byte in text {
      for index in next.indices { next[index] = false }
      for index in tokens.indices where active[index] {
        let matched: Bool
        switch tokens[index] {
        case .byte(let wanted): matched = byte == wanted
        case .anyByte: matched = byte != slash
        case .set(let set): matched = byte != slash && set.contains(byte)
        case .star:
          matched = false
          if byte != slash { next[index] = true }
        case .maybeFolders, .insideFolders:
          matched = false
          let inside = tokens[index] == .maybeFolders ? index + 1 : index
          next[inside] = true
          if byte == slash { next[inside + 1] = true }
        case .everything:
          matched = false
          next[index] = true
        }
        if matched { next[index + 1] = true }
      }
      skipEmpty(&next)
      swap(&active, &next)
      if !active.contains(true) { return false }
    }
    return active[tokens.count]
  }

  /// Lets tokens that match nothing be passed over.
  private func skipEmpty(_ active: inout [Bool]) {
    for index in tokens.indices where active[index] {
      switch tokens[index] {
      case .star, .everything: active[index + 1] = true
      case .maybeFolders: active[index + 2] = true
      default: break
      }
    }
  }
}

let slash = UInt8(ascii: "/")

extension Glob {
  private static func compile(_ pattern: ArraySlice<UInt8>) -> [Token]? {
    var tokens: [Token] = []
    var index = pattern.startIndex
    while index < pattern.endIndex {
      let byte = pattern[index]
      switch byte {
      case UInt8(ascii: "\\"):
        index += 1
        guard index < pattern.endIndex else { return nil }
        tokens.append(.byte(pattern[index]))
        index += 1
      case UInt8(ascii: "?"):
        tokens.append(.anyByte)
        index += 1
      case UInt8(ascii: "["):
        guard let (set, end) = ByteSet.parse(pattern, at: index) else { return nil }
        tokens.append(.set(set))
        index = end
      case UInt8(ascii: "*"):
        let start = index
        while index < pattern.endIndex, pattern[index] == byte { index += 1 }
        let isDouble = index - start > 1
        let startsComponent = start == pattern.startIndex || pattern[start - 1] == slash
        if isDouble, startsComponent, index == pattern.endIndex {
          tokens.append(.everything)
        } else if isDouble, startsComponent, pattern[index] == slash {
          // `**/**/` says no more than `**/`.
          if tokens.last != .insideFolders { tokens += [.maybeFolders, .insideFolders] }
          index += 1
        } else if tokens.last != .star {
          tokens.append(.star)
        }
      default:
        tokens.append(.byte(byte))
        index += 1
      }
    }
    return tokens
  }
}
