import Foundation
import Platform
import Testing

@Suite struct JSONWriterTests {
  @Test func `containers, members and values come out as JSON`() throws {
    var writer = JSONWriter()
    writer.object { json in
      json.member("name", "a\"b\\c\n<é>\u{2028}")
      json.member("count", 3)
      json.member("none", nil as String?)
      json.member("half", 0.5)
      json.member("nan", Double.nan)
      json.member("yes", true)
      json.array("list") { json in
        json.number(1)
        json.object { _ in }
        json.array { json in json.string("x") }
      }
    }
    let expected =
      #"{"name":"a\"b\\c\n\u003cé\u003e\u2028","count":3,"none":null,"half":0.5,"nan":null,"#
      + #""yes":true,"list":[1,{},["x"]]}"#
    #expect(writer.text == expected)
    let parsed = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
    #expect(parsed?["name"] as? String == "a\"b\\c\n<é>\u{2028}")
  }

  @Test(arguments: [0, 1, -1, 1e15, 1e300, -2.5, 1e-7, 123_456_789.25])
  func `numbers read back as they were`(value: Double) throws {
    var writer = JSONWriter()
    writer.array { $0.number(value) }
    let parsed = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [Double]
    #expect(parsed == [value])
  }

  @Test func `every control character is escaped`() throws {
    let text = String(decoding: Array(UInt8(0)...0x7F), as: UTF8.self)
    var writer = JSONWriter()
    writer.array { $0.string(text) }
    let parsed = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String]
    #expect(parsed == [text])
    #expect(writer.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
  }

  @Test func `a key without a value is a programmer's mistake`() async {
    await #expect(processExitsWith: .failure) {
      var writer = JSONWriter()
      writer.object { $0.key("a") }
    }
  }
}
