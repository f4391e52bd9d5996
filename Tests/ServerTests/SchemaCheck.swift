import Foundation
import Testing

/// Checks JSON against the part of JSON Schema that `docs/openapi.json` uses; a keyword it does not
/// know is a complaint, so that nothing in the description goes unchecked.
struct SchemaCheck {
  private let schemas: [String: Any]
  private static let annotations: Set<String> = ["description", "format"]

  init(document: [String: Any]) {
    let components = document["components"] as? [String: Any]
    schemas = components?["schemas"] as? [String: Any] ?? [:]
  }

  /// What is wrong, each with where it is; empty when nothing is.
  func complaints(_ value: Any, _ schema: [String: Any], at path: String = "$") -> [String] {
    if let reference = schema["$ref"] as? String {
      let name = String(reference.split(separator: "/").last ?? "")
      guard let target = schemas[name] as? [String: Any] else {
        return ["\(path): no \(reference)"]
      }
      return complaints(value, target, at: path)
    }
    var found: [String] = []
    for (keyword, rule) in schema where !Self.annotations.contains(keyword) {
      found += check(keyword, rule, value, schema, path)
    }
    return found
  }

  private func check(
    _ keyword: String, _ rule: Any, _ value: Any, _ schema: [String: Any], _ path: String
  ) -> [String] {
    switch keyword {
    case "type":
      let names = (rule as? [String]) ?? [rule as? String ?? ""]
      return names.contains { isOfType(value, $0) } ? [] : ["\(path): \(value) is no \(names)"]
    case "enum":
      let options = rule as? [Any] ?? []
      return options.contains { equal($0, value) }
        ? [] : ["\(path): \(value) is none of \(options)"]
    case "const": return equal(rule, value) ? [] : ["\(path): \(value) is not \(rule)"]
    case "anyOf":
      let options = rule as? [[String: Any]] ?? []
      let tries = options.map { complaints(value, $0, at: path) }
      return tries.contains { $0.isEmpty } ? [] : tries.flatMap { $0 }
    case "minimum", "maximum":
      guard let number = value as? Double, let bound = rule as? Double else { return [] }
      let isRight = keyword == "minimum" ? number >= bound : number <= bound
      return isRight ? [] : ["\(path): \(number) is beyond the \(keyword) \(bound)"]
    case "pattern":
      guard let text = value as? String, let pattern = rule as? String else { return [] }
      return text.range(of: pattern, options: .regularExpression) != nil
        ? [] : ["\(path): \(text) does not match \(pattern)"]
    case "items":
      guard let items = value as? [Any], let schema = rule as? [String: Any] else { return [] }
      return items.enumerated().flatMap { complaints($1, schema, at: "\(path)[\($0)]") }
    case "required":
      guard let members = value as? [String: Any] else { return [] }
      return (rule as? [String] ?? []).filter { members[$0] == nil }
        .map { "\(path): has no \($0)" }
    case "properties":
      guard let members = value as? [String: Any], let rules = rule as? [String: [String: Any]]
      else { return [] }
      return rules.flatMap { name, schema in
        members[name].map { complaints($0, schema, at: "\(path).\(name)") } ?? []
      }
    case "additionalProperties":
      guard let members = value as? [String: Any] else { return [] }
      let known = schema["properties"] as? [String: Any] ?? [:]
      let others = members.filter { known[$0.key] == nil }
      if let schema = rule as? [String: Any] {
        return others.flatMap { complaints($0.value, schema, at: "\(path).\($0.key)") }
      }
      return rule as? Bool == false ? others.keys.map { "\(path): \($0) is not described" } : []
    default: return ["\(path): the keyword \(keyword) is not checked"]
    }
  }

  private func isOfType(_ value: Any, _ name: String) -> Bool {
    let isBool = (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? (value is Bool)
    switch name {
    case "object": return value is [String: Any]
    case "array": return value is [Any]
    case "string": return value is String
    case "null": return value is NSNull
    case "boolean": return isBool
    case "number": return value is Double && !isBool
    case "integer": return (value as? Double).map { $0 == $0.rounded() } == true && !isBool
    default: return false
    }
  }

  private func equal(_ left: Any, _ right: Any) -> Bool {
    (left as? NSObject)?.isEqual(right as? NSObject) ?? false
      || (left is NSNull && right is NSNull)
  }
}

extension SchemaCheck {
  /// Expects an answer to be as an operation of the description says.
  func expect(_ answer: RawClient.Answer, _ what: String, _ operation: Any) throws {
    let responses = try #require((operation as? [String: Any])?["responses"] as? [String: Any])
    let response = try #require(
      responses[String(answer.status)] as? [String: Any],
      "\(what): \(answer.status) is not described")
    guard let content = response["content"] as? [String: Any] else {
      #expect(answer.body.isEmpty, "\(what)")
      return
    }
    let type = String((answer["Content-Type"] ?? "").prefix { $0 != ";" })
    let media = try #require(
      (content[type] ?? content["*/*"]) as? [String: Any], "\(what): \(type) is not described")
    guard let schema = media["schema"] as? [String: Any] else { return }
    let value = try JSONSerialization.jsonObject(with: Data(answer.body))
    let complaints = complaints(value, schema)
    #expect(complaints.isEmpty, "\(what): \(complaints)")
  }
}
