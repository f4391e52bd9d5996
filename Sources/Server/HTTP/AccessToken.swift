import Platform

/// The secret a client must know when the server listens on more than the loopback addresses.
///
/// Thread-safe (a value). It is never written to a log, a page or an error.
public struct AccessToken: Sendable {
  private let bytes: [UInt8]

  /// Shorter tokens could be guessed over the network.
  public static let minimumByteCount = 16

  /// A token from its text; nil when it is shorter than `minimumByteCount`, longer than 256 bytes,
  /// or has characters that do not survive an address or a header.
  public init?(_ text: String) {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        true
      default: false
      }
    }
    guard isPlain, (Self.minimumByteCount...256).contains(text.utf8.count) else { return nil }
    bytes = Array(text.utf8)
  }

  /// A new token of 160 random bits.
  public static func random() -> AccessToken {
    AccessToken(bytes: randomText(count: 32))
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// The token's text, for the address that is shown once to whoever started the server.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Compares in a time that depends only on the length of what was offered.
  package func matches(_ offered: some StringProtocol) -> Bool {
    var difference: UInt = bytes.count == offered.utf8.count ? 0 : 1
    var index = 0
    for byte in offered.utf8 {
      difference |= UInt(byte ^ bytes[index])
      index = index + 1 == bytes.count ? 0 : index + 1
    }
    return difference == 0
  }

  // Five bits a character, from the system's generator. No generator is handed around: a variable of
  // no size shares its address with others, which ThreadSanitizer takes for a race.
  private static func randomText(count: Int) -> [UInt8] {
    let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
    return (0..<count).map { _ in alphabet[Int.random(in: alphabet.indices)] }
  }
}
