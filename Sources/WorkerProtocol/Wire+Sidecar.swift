import Media

extension WireWriter {
  /// Writes a sidecar's state; what passes the limits is left out.
  public mutating func write(_ state: SidecarState) {
    var room = WireLimits.stateByteCount
    let tags = state.tags.prefix(SidecarState.maximumTagCount).prefix { tag in
      room -= tag.utf8.count
      return room >= 0
    }
    write(UInt16(tags.count))
    for tag in tags { writeText(tag, limit: SidecarState.maximumTagByteCount) }
    write(state.contentRating) { $0.writeText($1, limit: WireLimits.extensionByteCount) }
    write(state.isFavourite) { $0.write($1) }
    write(state.note) { $0.writeText($1, limit: SidecarState.maximumNoteByteCount) }
  }

  /// Writes a change of a sidecar; what passes the limits is left out.
  public mutating func write(_ edit: SidecarEdit) {
    for names in [edit.keywords, edit.removedKeywords] {
      let names = names.prefix(SidecarState.maximumTagCount)
      write(UInt16(names.count))
      for name in names { writeText(name, limit: WireLimits.fieldKeyByteCount + 1) }
    }
    write(edit.stars.flatMap { (-1...5).contains($0) ? Int8($0) : nil }) { $0.write($1) }
    write(edit.state)
  }
}

extension WireReader {
  /// Reads a sidecar's state and holds it against the limits.
  public mutating func readState() throws(WireError) -> SidecarState {
    var state = SidecarState()
    let count = try read(in: 0...UInt16(SidecarState.maximumTagCount), "tag count")
    for _ in 0..<count {
      state.tags.append(try readString(limit: SidecarState.maximumTagByteCount))
    }
    state.contentRating = try readOptional { reader throws(WireError) in
      try reader.readString(limit: WireLimits.extensionByteCount)
    }
    state.isFavourite = try readOptional { reader throws(WireError) in try reader.readBool() }
    state.note = try readOptional { reader throws(WireError) in
      try reader.readString(limit: SidecarState.maximumNoteByteCount)
    }
    return state
  }

  /// Reads a change of a sidecar and holds it against the limits.
  public mutating func readSidecarEdit() throws(WireError) -> SidecarEdit {
    var edit = SidecarEdit()
    edit.keywords = try readNames()
    edit.removedKeywords = try readNames()
    edit.stars = try readOptional { reader throws(WireError) in
      Int(try reader.read(in: Int8(-1)...5, "stars"))
    }
    edit.state = try readState()
    return edit
  }

  private mutating func readNames() throws(WireError) -> [String] {
    let count = try read(in: 0...UInt16(SidecarState.maximumTagCount), "name count")
    var names: [String] = []
    for _ in 0..<count {
      names.append(try readString(limit: WireLimits.fieldKeyByteCount + 1))
    }
    return names
  }
}
