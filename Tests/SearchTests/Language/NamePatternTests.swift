import Testing

@testable import Search

@Suite struct NamePatternTests {
  @Test func neighboursAreJoined() {
    let pattern = NamePattern([.literal("a"), .literal("b"), .anything, .anything, .literal("")])
    #expect(pattern.pieces == [.literal("ab"), .anything])
    #expect(pattern.literal == nil)
    #expect(NamePattern("cat").literal == "cat")
  }
}
