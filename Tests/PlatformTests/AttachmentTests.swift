import Testing

@testable import Platform

@Suite struct AttachmentTests {
  final class Made: Sendable {}

  @Test func `what is made once is kept, what cannot be made is tried again`() {
    let place = Attachment()
    let nothing: Made? = place.value { nil }
    let first: Made? = place.value { Made() }
    let second: Made? = place.value { Made() }
    #expect(nothing == nil && first != nil && second === first)
  }

  @Test func `of many that are made at the same time all get one`() async {
    let place = Attachment()
    let found = await withTaskGroup(of: ObjectIdentifier?.self) { group in
      for _ in 0..<64 {
        group.addTask { (place.value { Made() } as Made?).map { ObjectIdentifier($0) } }
      }
      return await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(found.count == 1 && found.first != .some(nil))
  }

  @Test func `what is kept goes with the place`() {
    weak var kept: Made?
    do {
      let place = Attachment()
      kept = place.value { Made() }
      #expect(kept != nil)
    }
    #expect(kept == nil)
  }
}
