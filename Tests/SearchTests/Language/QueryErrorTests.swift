import Search
import Testing

@Suite struct QueryErrorTests {
  /// The text, what of it is wrong, a part of the message, and what is suggested.
  @Test(
    arguments: [
      ("a (b", "(", "never closed", ["\\("]), ("a b)", ")", "no (", ["\\)"]),
      (":)", ")", "no (", ["\\)"]), ("(a))", ")", "no (", ["\\)"]),
      ("a \"b", "\"", "never closed", []), ("folder:\"b", "\"", "never closed", []),
      ("a or", "or", "between two terms", ["\\or"]), ("or a", "or", "between two terms", ["\\or"]),
      ("a or OR b", "or", "between two terms", ["\\or"]), ("(or)", "or", "between", ["\\or"]),
      ("a and", "and", "between two terms", ["\\and"]), ("and", "and", "between", ["\\and"]),
      ("a and or b", "and", "between", ["\\and"]), ("a or order:new", "or", "between", ["\\or"]),
      ("a -", "-", "directly before", ["\\-"]), ("a - b", "-", "directly before", ["\\-"]),
      ("(~)", "~", "directly before", ["\\~"]), ("-~a", "~", "comes first", []),
      ("~~a", "~", "comes first", []), ("-or", "-or", "\\or", []),
      ("-and b", "-and", "must follow", []),
      ("a\\", "\\", "missing", ["\\\\"]), ("any:2", "any:2", "parentheses", ["any:2(a b c)"]),
      ("any:3(a b)", "any:3(", "there are 2", []), ("any:0(a)", "any:0(", "there is 1", []),
      ("any:()", "any:(", "there are 0", []), ("any:2(a or b)", "or", "follow each other", []),
      ("any:1(~a)", "~", "leave out", []), ("any:1(a", "(", "never closed", ["\\("]),
      ("any:99999999999999999999(a)", "any:99999999999999999999(", "from 1", []),
      ("\"a\"b", "", "blank is missing", []), ("folder:\"a\"b", "", "blank or a comma", []),
      ("/^a.*$/", "/^a.*$/", "regular expression", []), ("a || b", "||", "Write or", ["or"]),
      ("a & b", "&", "all wanted", ["and"]), ("rating:x", "x", "does not know x", []),
      ("rating:explict", "explict", "does not know", ["explicit"]),
      (
        "rating:", "rating:", "wants a value",
        ["rating:general", "rating:sensitive", "rating:questionable"]
      ),
      ("rating:g,,e", "", "wants a value", ["general", "sensitive", "questionable"]),
      ("is:vidoe", "vidoe", "does not know", ["video"]),
      ("is:gps", "is:gps", "after has:", ["has:gps"]),
      ("has:video", "has:video", "after is:", ["is:video"]),
      ("type:jpge", "jpge", "know", ["jpeg", "jp2"]),
      ("type:x*", "x*", "does not know", []), ("order:sise", "sise", "know", ["size"]),
      ("order:", "order:", "wants a value", ["order:new", "order:taken", "order:name"]),
      ("order:random:x", "x", "number", []), ("order:random_asc", "random_asc", "know", ["random"]),
      ("-order:new", "-", "takes no -", []), ("(order:new)", "order:new", "outside", []),
      ("order:new order:old", "order:old", "once", []), ("limit:0", "0", "from 1", []),
      ("limit:x", "x", "from 1", []), ("limit:5 limit:6", "limit:6", "once", []),
      ("~limit:5", "~", "takes no ~", []), ("any:1(a limit:5)", "limit:5", "outside", []),
      ("widht:>100", "widht", "no field widht", ["width"]),
      ("zzzzz:<1", "zzzzz", "no field", []),
      ("width:", "width:", "wants a value", []), ("width:abc", "abc", "a whole number", []),
      ("width:1.5", "1.5", "a whole number", []), ("width:>=", ">=", "a whole number", []),
      ("width:..", "..", "a whole number", []), ("width:1,x,3", "x", "a whole number", []),
      ("width:5..2", "5..2", "smaller comes first", ["2..5"]), ("width:1;2", "1;2", "whole", []),
      ("width:99999999999999999999", "99999999999999999999", "too large", []),
      ("size:999999999tb", "999999999tb", "too large", []), ("size:10xb", "10xb", "a size", []),
      ("stars:6", "6", "from -1", []), ("stars:-2..3", "-2..3", "from -1", []),
      ("ratio:16:0", "16:0", "a ratio", []), ("duration:1x", "1x", "length of time", []),
      ("duration:1s1m", "1s1m", "length of time", []),
      ("duration:1:2:3:4", "1:2:3:4", "length", []),
      ("taken:2024-13", "2024-13", "a date", []), ("taken:2023-02-29", "2023-02-29", "a date", []),
      ("taken:24", "24", "a date", []), ("taken:2024-05-17T25", "2024-05-17T25", "a date", []),
      ("taken:2024-05-17T10:00Z", "2024-05-17T10:00Z", "a date", []),
      ("taken:last:30m", "last:30m", "min", ["last:30d"]),
      ("taken:last:", "last:", "last:30d", ["last:30d"]),
      ("near:1,2", "1,2", "kilometres", []), ("near:91,0,1", "91", "-90", []),
      ("near:0,181,1", "181", "-180", []), ("near:0,0,0", "0", "more than 0", []),
      ("near:0x1,0,1", "0x1,0,1", "near:", []), ("near:nan,0,1", "nan,0,1", "near:", []),
      ("similar:x", "x", "number of a picture", []), ("similar:0", "0", "number", []),
      ("similar:+1", "+1", "number", []), ("tag:", "tag:", "wants a value", []),
      ("tag:\"\"", "\"\"", "name is missing", []), ("album:", "album:", "wants a value", []),
      ("fav:maybe", "maybe", "yes, no", []), ("camera:a,", "", "name is missing", []),
    ] as [(String, String, String, [String])])
  func `say what is wrong, where, and what was meant`(
    text: String, wrong: String, message: String, suggestions: [String]
  ) throws {
    let error = try problem(text)
    let bytes = Array(text.utf8)
    let start = error.offset
    #expect(start + error.length <= bytes.count)
    let marked = String(decoding: bytes[start..<start + error.length], as: UTF8.self)
    #expect(marked.lowercased() == wrong.lowercased(), "\(error)")
    #expect(error.message.contains(message), "\(error)")
    #expect(error.suggestions == suggestions, "\(error)")
  }

  @Test func `of two operators the one without a second term is wrong`() throws {
    let error = try problem("a or or b")
    #expect((error.offset, error.length) == (2, 2))
  }

  @Test(arguments: ["\0", "\u{1}", "\u{7F}", "\u{85}", "\u{1F}", "\u{C}"])
  func `control characters are refused where they stand`(control: String) throws {
    for (before, after) in [
      ("é a", "b"), ("é \"a", "b\""), ("é folder:\"", "\""), ("é \\", ""), ("", ""), ("é -", "a"),
    ] {
      let error = try problem(before + control + after)
      #expect(error.offset == before.utf8.count)
      #expect(error.length == control.utf8.count)
      #expect(error.message.contains("U+00"))
    }
  }

  @Test func `the text has a length`() throws {
    let most = String(repeating: "a", count: QueryLimits.byteCount)
    #expect(try parsed(most).expression == .tag(NamePattern(most), category: nil))
    let error = try problem(most + "a")
    #expect((error.offset, error.length) == (QueryLimits.byteCount, 1))
  }

  @Test func `terms have a number`() throws {
    let most = Array(repeating: "a", count: QueryLimits.termCount).joined(separator: " ")
    guard case .and(let members) = try parsed(most).expression else { Issue.record(); return }
    #expect(members.count == QueryLimits.termCount)
    #expect(try problem(most + " b").offset == most.utf8.count + 1)
    let list = Array(repeating: "1", count: QueryLimits.termCount + 1).joined(separator: ",")
    #expect(try problem("iso:" + list).message.contains("terms"))
  }
}
