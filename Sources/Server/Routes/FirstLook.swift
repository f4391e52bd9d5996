/// What the page asks for first, told to the browser with the page itself: it is on its way before the
/// page's script is.
enum FirstLook {
  /// The header for an address of the page; nil for a view other than the usual one, which only the
  /// script knows how to read.
  static func link(for target: RequestTarget) -> (name: String, value: String)? {
    guard target.query.allSatisfy({ $0.name == "at" }) else { return nil }
    // As the script writes it, byte by byte, or it would be asked for twice.
    guard let position = target.query.isEmpty ? "0" : target.value(of: "at"),
      let number = UInt32(position), String(number) == position
    else { return nil }
    return (
      "Link",
      "</api/v1/results?sort=captured&order=desc&at=\(number)>; rel=preload; as=fetch; crossorigin"
    )
  }
}
