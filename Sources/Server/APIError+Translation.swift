import Catalog
import Library
import Media
import MemoryBudget
import Platform
import Search
import Thumbnails
import WorkerPool

extension APIError {
  /// What a client is told of an error from within; what is nobody's fault outside is logged.
  init(translating error: any Error, log: (String) -> Void) {
    switch error {
    case let error as APIError: self = error
    case let error as ThumbnailError: self.init(error)
    case let failure as MediaFailure: self.init(failure)
    case let error as SearchError: self.init(error)
    case let error as BudgetError:
      switch error {
      case .neverFits: self.init(422, "over-budget", error.description)
      case .queueFull: self = .busy(error.description)
      }
    case let error as WorkerPoolError:
      switch error {
      case .queueFull: self = .busy(error.description)
      case .shutDown: self = .busy("The library is closing.", retryAfterSeconds: 5)
      case .cannotStart:
        log("\(error)")
        self.init(500, "worker", error.description)
      }
    case let error as BlockingPool.Full: self = .busy(error.description)
    case let error as EditError:
      switch error.kind {
      case .notFound: self = .notFound(error.description)
      case .conflict: self.init(409, "conflict", error.description)
      case .invalid: self = .badRequest(error.description)
      }
    case is CancellationError: self = .busy("The request was cancelled.")
    case let error as CatalogError where error.kind == .locked:
      self = .busy(error.description)
    default:
      log("\(error)")
      self = .internalFailure
    }
  }

  private init(_ error: ThumbnailError) {
    switch error {
    case .unknownAsset: self = .notFound(error.description)
    case .missing: self.init(404, "missing", error.description)
    case .broken(_, let failure): self.init(failure)
    case .changed: self.init(409, "changed", error.description)
    case .busy: self = .busy(error.description)
    case .closed: self = .busy(error.description, retryAfterSeconds: 5)
    }
  }

  private init(_ error: SearchError) {
    switch error.kind {
    case .query:
      self.init(400, "bad-query", error.description)
      range = error.range
      suggestions = error.suggestions
    case .unanswerable: self.init(422, "unanswerable", error.description)
    case .circular: self.init(422, "circular", error.description)
    case .overBudget: self.init(422, "over-budget", error.description)
    case .tooSlow: self = .busy(error.description, retryAfterSeconds: 30)
    case .busy: self = .busy(error.description)
    }
  }

  private init(_ failure: MediaFailure) {
    self.init(failure.kind == .vanished ? 404 : 422, failure.kind.name, failure.message)
  }
}
