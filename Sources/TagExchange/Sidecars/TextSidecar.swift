import Catalog
import Platform

/// Reads sidecars of plain text: `name.jpg.txt` or `name.txt`.
///
/// Two customs, told apart by content. Hydrus writes a tag a line; training captions of image models
/// are one list with commas. One line with a comma in it is a list, and so are several lines when more
/// than half of them have one (a list somebody wrapped); anything else is a tag a line. In lists `\(`
/// and `\)` are brackets, as prompts need them.
package enum TextSidecar {
  /// Larger files are refused.
  package static let maximumByteCount = 1 << 20

  /// What the file says, and what of it could not be taken.
  ///
  /// - Throws: `ExchangeError` for what is no text.
  package static func read(
    _ bytes: [UInt8], path: FilePath, namespaces: TagNamespaces, origin: TagOrigin = .imported
  ) throws(ExchangeError) -> (picture: PictureTags, issues: ExchangeIssues) {
    guard let decoded = DecodedText(bytes[...]) else {
      throw ExchangeError(path, DecodedText.binaryReason)
    }
    var reading = SidecarReading(path: path, namespaces: namespaces, origin: origin)
    if decoded.isLatin1 { reading.issues.add(ExchangeError(path, DecodedText.latin1Notice)) }
    let lines = decoded.text.split(omittingEmptySubsequences: false, whereSeparator: isLineEnd)
    let filled = lines.filter { !TagNamespaces.trimmed($0).isEmpty }
    let isList = filled.count { $0.contains(",") } * 2 > filled.count
    for (index, line) in lines.enumerated() {
      if isList {
        for part in line.split(separator: ",") {
          reading.add(withoutEscapes(part), line: index + 1)
        }
      } else {
        reading.add(String(line), line: index + 1)
      }
    }
    return (reading.picture, reading.issues)
  }

  // CR and LF together are one Character.
  private static func isLineEnd(_ character: Character) -> Bool {
    character == "\n" || character == "\r\n" || character == "\r"
  }

  private static func withoutEscapes(_ text: Substring) -> String {
    guard text.contains("\\") else { return String(text) }
    var plain = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        if character != "(" && character != ")" { plain.append("\\") }
        plain.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        plain.append(character)
      }
    }
    return isEscaped ? plain + "\\" : plain
  }
}

/// What is gathered from one sidecar.
struct SidecarReading {
  let path: FilePath
  let namespaces: TagNamespaces
  let origin: TagOrigin
  var picture = PictureTags()
  var issues = ExchangeIssues()
  private var isFull = false

  init(path: FilePath, namespaces: TagNamespaces, origin: TagOrigin = .imported) {
    self.path = path
    self.namespaces = namespaces
    self.origin = origin
  }

  /// Adds a tag with its namespace before a colon; blanks are nothing.
  mutating func add(_ text: String, line: Int) {
    let text = TagNamespaces.trimmed(text)
    guard !text.isEmpty else { return }
    do throws(TagNameError) {
      switch try namespaces.read(text, origin: origin) {
      case .tag(let tag): add(tag, line: line)
      case .rating(let rating): picture.rating = picture.rating ?? rating
      }
    } catch { issues.add(ExchangeError(path, line: line, "\(error)")) }
  }

  /// Adds a tag whose category is known; its name may have colons.
  mutating func add(_ name: String, category: String?, line: Int) {
    let name = TagNamespaces.trimmed(name)
    guard !name.isEmpty else { return }
    do throws(TagNameError) {
      add(NamedTag(try TagName(name), category: category, origin: origin), line: line)
    } catch { issues.add(ExchangeError(path, line: line, "\(error)")) }
  }

  mutating func add(_ tag: NamedTag, line: Int) {
    if !picture.add(tag), !isFull {
      isFull = true
      issues.add(
        ExchangeError(
          path, line: line,
          "one picture has at most \(PictureTags.maximumTagCount) tags; the rest is left out."))
    }
  }
}
