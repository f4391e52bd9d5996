/// One thing an operation changed, with what was there before: enough to take it back where nothing
/// else has changed it since.
enum UndoStep: Equatable {
  /// A row that was added (`old` nil), removed (`new` nil) or changed.
  case row(EditedTable, key: [EditedValue], old: [EditedValue]?, new: [EditedValue]?)
  /// The same change of tags of several assets, ascending.
  case tags([TagDelta], assets: [Int64])
  /// The same change of a number of several assets.
  case number(AssetField, old: Int64, new: Int64, assets: [Int64])
  case note(asset: Int64, old: String?, new: String?)
  case sources(asset: Int64, old: [String], new: [String])
  case membersInserted(album: Int64, assets: [Int64])
  /// With the places they had, ascending.
  case membersRemoved(album: Int64, positions: [Int64], assets: [Int64])
  /// The order before, of the members that were moved.
  case membersOrdered(album: Int64, assets: [Int64])

  func encode(into writer: inout CompactWriter) {
    switch self {
    case .row(let table, let key, let old, let new):
      writer.write(1)
      writer.write(UInt64(table.rawValue))
      for value in key { value.encode(into: &writer) }
      for values in [old, new] {
        writer.write(values == nil ? 0 : 1)
        for value in values ?? [] { value.encode(into: &writer) }
      }
    case .tags(let deltas, let assets):
      writer.write(2)
      writer.append(TagDelta.encode(deltas))
      writer.write(assets)
    case .number(let field, let old, let new, let assets):
      writer.write(3)
      writer.write(UInt64(field.rawValue))
      writer.write(signed: old)
      writer.write(signed: new)
      writer.write(assets)
    case .note(let asset, let old, let new):
      writer.write(4)
      writer.write(signed: asset)
      writer.write(old)
      writer.write(new)
    case .sources(let asset, let old, let new):
      writer.write(5)
      writer.write(signed: asset)
      for list in [old, new] {
        writer.write(list.count)
        for text in list { writer.write(text) }
      }
    case .membersInserted(let album, let assets):
      writer.write(6)
      writer.write(signed: album)
      writer.write(assets)
    case .membersRemoved(let album, let positions, let assets):
      writer.write(7)
      writer.write(signed: album)
      writer.write(positions)
      writer.write(assets)
    case .membersOrdered(let album, let assets):
      writer.write(8)
      writer.write(signed: album)
      writer.write(assets)
    }
  }

  init(from reader: inout CompactReader) throws(CompactReader.Damage) {
    switch try reader.number() {
    case 1:
      guard let table = EditedTable(rawValue: UInt8(truncatingIfNeeded: try reader.number())) else {
        throw CompactReader.Damage()
      }
      var key: [EditedValue] = []
      for _ in table.keyColumns { key.append(try EditedValue(from: &reader)) }
      var rows: [[EditedValue]?] = []
      for _ in 0..<2 {
        guard try reader.number() != 0 else {
          rows.append(nil)
          continue
        }
        var values: [EditedValue] = []
        for _ in table.columns { values.append(try EditedValue(from: &reader)) }
        rows.append(values)
      }
      self = .row(table, key: key, old: rows[0], new: rows[1])
    case 2:
      let deltas = try TagDelta.decode(from: &reader)
      self = .tags(deltas, assets: try reader.numbers())
    case 3:
      guard let field = AssetField(rawValue: UInt8(truncatingIfNeeded: try reader.number())) else {
        throw CompactReader.Damage()
      }
      let (old, new) = (try reader.signed(), try reader.signed())
      self = .number(field, old: old, new: new, assets: try reader.numbers())
    case 4:
      let asset = try reader.signed()
      let old = try reader.optionalText()
      self = .note(asset: asset, old: old, new: try reader.optionalText())
    case 5:
      let asset = try reader.signed()
      var lists: [[String]] = [[], []]
      for index in 0..<2 {
        for _ in 0..<(try reader.count()) { lists[index].append(try reader.text()) }
      }
      self = .sources(asset: asset, old: lists[0], new: lists[1])
    case 6:
      let album = try reader.signed()
      self = .membersInserted(album: album, assets: try reader.numbers())
    case 7:
      let album = try reader.signed()
      let positions = try reader.numbers()
      let assets = try reader.numbers()
      guard positions.count == assets.count else { throw CompactReader.Damage() }
      self = .membersRemoved(album: album, positions: positions, assets: assets)
    case 8:
      let album = try reader.signed()
      self = .membersOrdered(album: album, assets: try reader.numbers())
    default: throw CompactReader.Damage()
    }
  }
}

/// What was said about one tag of an asset before and after. Tags that only a rule gives count as
/// absent: they follow from the others.
struct TagDelta: Equatable {
  let tag: TagID
  /// Nil for nothing.
  let old: AssetTag?
  let new: AssetTag?

  // 0 nothing, 1 imported, 2 user, 3 removed, from 4 on a model with its confidence.
  private static func code(_ tag: AssetTag?) -> UInt64 {
    guard let tag else { return 0 }
    if tag.isRemoved { return 3 }
    return switch tag.origin {
    case .imported: 1
    case .user: 2
    case .rule: 0
    case .model: 4 + UInt64(tag.confidence)
    }
  }

  private static func tag(_ id: TagID, code: UInt64) throws(CompactReader.Damage) -> AssetTag? {
    switch code {
    case 0: return nil
    case 1: return AssetTag(id, .imported)
    case 2: return AssetTag(id, .user)
    case 3: return .removed(id)
    case 4...259: return AssetTag(id, .model, confidence: UInt8(code - 4))
    default: throw CompactReader.Damage()
    }
  }

  static func encode(_ deltas: [TagDelta]) -> [UInt8] {
    var writer = CompactWriter()
    writer.write(deltas.count)
    for delta in deltas {
      writer.write(UInt64(delta.tag.rawValue))
      writer.write(code(delta.old))
      writer.write(code(delta.new))
    }
    return writer.bytes
  }

  static func decode(from reader: inout CompactReader) throws(CompactReader.Damage) -> [TagDelta] {
    var deltas: [TagDelta] = []
    for _ in 0..<(try reader.count()) {
      guard let raw = UInt32(exactly: try reader.number()), raw > 0 else {
        throw CompactReader.Damage()
      }
      let id = TagID(rawValue: raw)
      let old = try tag(id, code: try reader.number())
      deltas.append(TagDelta(tag: id, old: old, new: try tag(id, code: try reader.number())))
    }
    return deltas
  }
}

/// What is said about an asset as a number, with who said it where that matters.
enum AssetField: UInt8, CaseIterable {
  /// Stars plus one, plus 16 when the user gave them.
  case stars = 1
  /// `ContentRating`, plus 8 times its origin.
  case contentRating = 2
  /// 1 for a favourite.
  case favourite = 3
  /// The id of the asset it belongs to; 0 for none.
  case parent = 4
}
