/// What the API and the command line call states and sorts.
extension AssetState {
  /// The short name of the state.
  package var name: String {
    switch self {
    case .ok: "ok"
    case .broken: "broken"
    case .missing: "missing"
    }
  }
}

extension AssetQuery.Sort {
  /// Without a word: times and stars begin with the newest and the most.
  package var isAscendingByDefault: Bool {
    switch self {
    case .captureTime, .added, .rating: false
    case .name, .path, .byteCount, .random: true
    }
  }

  /// The short name of the sort.
  package var name: String {
    switch self {
    case .captureTime: "captured"
    case .name: "name"
    case .path: "path"
    case .byteCount: "size"
    case .added: "added"
    case .rating: "rating"
    case .random: "random"
    }
  }
}
