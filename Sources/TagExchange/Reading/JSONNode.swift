/// A small value of JSON, whole.
package indirect enum JSONNode: Sendable, Equatable {
  /// A name and its value.
  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: JSONNode

    package init(name: String, value: JSONNode) {
      self.name = name
      self.value = value
    }
  }

  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case array([JSONNode])
  /// Members in the order of the file.
  case object([Member])

  /// The value of a member; of several with this name the last one. Nil for anything but an object.
  package subscript(name: String) -> JSONNode? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.name == name }?.value
  }

  /// The text of a string that is not empty.
  package var text: String? {
    if case .string(let text) = self, !text.isEmpty { text } else { nil }
  }

  /// A whole number; also one that stands in quotes.
  package var wholeNumber: Int? {
    switch self {
    case .number(let number): Int(exactly: number)
    case .string(let text): Int(text)
    default: nil
    }
  }

  package var truth: Bool? { if case .bool(let truth) = self { truth } else { nil } }

  package var elements: [JSONNode]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
}
