/// What the parameters of a pattern took, each kind in the order of the path.
package struct RouteParameters: Sendable {
  package fileprivate(set) var numbers: [Int64] = []
  package fileprivate(set) var words: [String] = []
  package fileprivate(set) var rest: ArraySlice<String> = []
}

/// Finds what answers a path: built once, then frozen, so that a look-up needs no lock.
///
/// A pattern is a path whose segments are words or typed parameters: `{id:number}` takes a positive
/// decimal number without leading zeros, `{token:word}` up to 64 letters, digits, `-` and `_`, and
/// `{path:rest}`, at the end, all segments that are left. Words win over parameters.
package struct Router<Endpoint: Sendable>: Sendable {
  /// What a path led to.
  package enum Outcome {
    /// An endpoint and what its parameters took.
    case found(Endpoint, RouteParameters)
    /// The path exists, but not for this method; `allow` is the header's value.
    case methodNotAllowed(allow: String)
    /// No such path.
    case notFound
  }

  private enum Label: Sendable, Equatable {
    case word(String)
    case number
    case token
    case rest
  }

  // A node names its first child and its next sibling by index: one flat array, nothing to follow.
  private struct Node: Sendable {
    var label: Label
    var firstChild: Int?
    var nextSibling: Int?
    var endpoints: [(method: HTTPMethod, endpoint: Endpoint)] = []
  }

  private var nodes: [Node] = [Node(label: .word(""))]

  /// A router that knows these routes.
  package init(_ routes: [(method: HTTPMethod, pattern: String, endpoint: Endpoint)]) {
    for route in routes { add(route.method, route.pattern, route.endpoint) }
  }

  /// Looks a path up. HEAD is answered by what answers GET.
  ///
  /// Complexity: O(segments × siblings).
  package func find(_ method: HTTPMethod, _ segments: [String]) -> Outcome {
    var parameters = RouteParameters()
    guard let node = descend(from: 0, segments[...], &parameters) else { return .notFound }
    let wanted = method == .head ? .get : method
    if let match = nodes[node].endpoints.first(where: { $0.method == wanted }) {
      return .found(match.endpoint, parameters)
    }
    let methods = nodes[node].endpoints.map(\.method)
    let allowed = methods.contains(.get) ? methods + [.head] : methods
    return .methodNotAllowed(allow: allowed.map(\.rawValue).joined(separator: ", "))
  }

  private mutating func add(_ method: HTTPMethod, _ pattern: String, _ endpoint: Endpoint) {
    precondition(pattern.hasPrefix("/"), "a pattern starts with a slash: \(pattern)")
    var node = 0
    for part in pattern.split(separator: "/") {
      node = child(of: node, labelled: Self.label(part))
    }
    precondition(
      !nodes[node].endpoints.contains { $0.method == method }, "two routes for \(pattern)")
    nodes[node].endpoints.append((method, endpoint))
  }

  private static func label(_ part: Substring) -> Label {
    guard part.hasPrefix("{"), part.hasSuffix("}") else { return .word(String(part)) }
    switch part.dropFirst().dropLast().split(separator: ":").last {
    case "number": return .number
    case "word": return .token
    case "rest": return .rest
    default: preconditionFailure("unknown parameter \(part)")
    }
  }

  private mutating func child(of parent: Int, labelled label: Label) -> Int {
    var last: Int?
    var next = nodes[parent].firstChild
    while let index = next {
      if nodes[index].label == label { return index }
      last = index
      next = nodes[index].nextSibling
    }
    nodes.append(Node(label: label))
    let added = nodes.count - 1
    // Words go first, so that they win over parameters.
    if case .word = label {
      nodes[added].nextSibling = nodes[parent].firstChild
      nodes[parent].firstChild = added
    } else if let last {
      nodes[last].nextSibling = added
    } else {
      nodes[parent].firstChild = added
    }
    return added
  }

  private func descend(
    from node: Int, _ segments: ArraySlice<String>, _ parameters: inout RouteParameters
  ) -> Int? {
    guard let segment = segments.first else {
      return nodes[node].endpoints.isEmpty ? nil : node
    }
    var next = nodes[node].firstChild
    while let index = next {
      next = nodes[index].nextSibling
      let before = parameters
      switch nodes[index].label {
      case .word(let word):
        guard word == segment else { continue }
      case .number:
        guard let number = Self.number(segment) else { continue }
        parameters.numbers.append(number)
      case .token:
        guard Self.isToken(segment) else { continue }
        parameters.words.append(segment)
      case .rest:
        parameters.rest = segments
        return index
      }
      if let found = descend(from: index, segments.dropFirst(), &parameters) { return found }
      parameters = before
    }
    return nil
  }

  /// A positive decimal number as `String(_:)` writes it; anything else is not one.
  static func number(_ text: String) -> Int64? {
    guard text.utf8.count <= 19, let first = text.utf8.first,
      (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int64(text)
  }

  private static func isToken(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
