import Media

extension WireWriter {
  /// Writes metadata; what passes the limits is cut.
  public mutating func write(_ metadata: DeepMetadata) {
    func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
    writeOptionalText(metadata.lens)
    write(finite(metadata.exposureSeconds)) { $0.write($1) }
    write(finite(metadata.fNumber)) { $0.write($1) }
    write(metadata.iso) { $0.write(Int64($1)) }
    write(finite(metadata.focalLengthMillimetres)) { $0.write($1) }
    write(metadata.rating.flatMap { (-1...5).contains($0) ? Int8($0) : nil }) { $0.write($1) }
    writeOptionalText(metadata.title)
    writeOptionalText(metadata.caption)
    writeOptionalText(metadata.creator)
    writeOptionalText(metadata.copyright)
    let keywords = metadata.keywords.prefix(WireLimits.keywordCount)
    write(UInt16(keywords.count))
    for keyword in keywords { writeText(keyword, limit: WireLimits.keywordByteCount) }
    let fields = metadata.fields.prefix(DeepMetadata.maximumFieldCount)
    write(UInt16(fields.count))
    for field in fields {
      writeText(field.key, limit: WireLimits.fieldKeyByteCount)
      writeText(field.value, limit: WireLimits.fieldValueByteCount)
    }
    write(metadata.state) { $0.write($1) }
  }

  private mutating func writeOptionalText(_ text: String?) {
    write(text) { $0.writeText($1, limit: WireLimits.metadataTextByteCount) }
  }
}

extension WireReader {
  /// Reads metadata and holds it against the limits.
  public mutating func readMetadata() throws(WireError) -> DeepMetadata {
    var metadata = DeepMetadata()
    metadata.lens = try readOptionalText()
    metadata.exposureSeconds = try readOptionalDouble()
    metadata.fNumber = try readOptionalDouble()
    metadata.iso = try readOptional { reader throws(WireError) in
      Int(try reader.read(Int64.self))
    }
    metadata.focalLengthMillimetres = try readOptionalDouble()
    metadata.rating = try readOptional { reader throws(WireError) in
      Int(try reader.read(in: Int8(-1)...5, "rating"))
    }
    metadata.title = try readOptionalText()
    metadata.caption = try readOptionalText()
    metadata.creator = try readOptionalText()
    metadata.copyright = try readOptionalText()
    let keywordCount = try read(in: 0...UInt16(WireLimits.keywordCount), "keyword count")
    for _ in 0..<keywordCount {
      metadata.keywords.append(try readString(limit: WireLimits.keywordByteCount))
    }
    let fieldCount = try read(in: 0...UInt16(DeepMetadata.maximumFieldCount), "field count")
    for _ in 0..<fieldCount {
      let key = try readString(limit: WireLimits.fieldKeyByteCount)
      let value = try readString(limit: WireLimits.fieldValueByteCount)
      metadata.fields.append(DeepMetadata.Field(key: key, value: value))
    }
    metadata.state = try readOptional { reader throws(WireError) in try reader.readState() }
    return metadata
  }

  private mutating func readOptionalText() throws(WireError) -> String? {
    try readOptional { reader throws(WireError) in
      try reader.readString(limit: WireLimits.metadataTextByteCount)
    }
  }

  private mutating func readOptionalDouble() throws(WireError) -> Double? {
    try readOptional { reader throws(WireError) in try reader.readDouble() }
  }
}
