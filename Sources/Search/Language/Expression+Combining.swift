/// Expressions put together so that each meaning the parser can tell apart has one form: no `and` in an
/// `and`, no `or` in an `or`, none of either with one member, nothing denied twice.
extension Expression {
  /// What matches all of these.
  package static func all(_ members: [Expression]) -> Expression {
    var flat: [Expression] = []
    for member in members {
      switch member {
      case .everything: break
      case .and(let inner): flat += inner
      default: flat.append(member)
      }
    }
    return switch flat.count {
    case 0: .everything
    case 1: flat[0]
    default: .and(flat)
    }
  }

  /// What matches one of these at least; none of them is nothing.
  package static func any(_ members: [Expression]) -> Expression {
    var flat: [Expression] = []
    for member in members {
      if case .or(let inner) = member { flat += inner } else { flat.append(member) }
    }
    return switch flat.count {
    case 0: .nothing
    case 1: flat[0]
    default: .or(flat)
    }
  }

  /// What this does not match.
  package var inverted: Expression {
    if case .not(let inner) = self { inner } else { .not(self) }
  }

  /// What matches no asset.
  package static var nothing: Expression { .not(.everything) }

  /// The same in the form the parser gives.
  package var canonical: Expression {
    switch self {
    case .and(let members): .all(members.map(\.canonical))
    case .or(let members): .any(members.map(\.canonical))
    case .not(let inner): inner.canonical.inverted
    case .atLeast(let count, let members): .atLeast(count, members.map(\.canonical))
    case .values(_, []): .nothing
    case .text(""): .everything
    case .tag(let pattern, category: ""?):
      .tag(.init([.literal(":")] + pattern.pieces), category: nil)
    default: self
    }
  }
}
