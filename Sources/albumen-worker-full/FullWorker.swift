import Codecs
import Formats
import Media
import WorkerRuntime

/// What a worker with every decoder has beyond the others.
enum FullWorker {
  /// Loads every library and table, so that nothing has to be opened once the worker is confined.
  ///
  /// What each step touched of the libraries' code is given back before the next, so that a worker
  /// is small even while it starts.
  static func prepare() {
    Confinement.giveBackCode()
    // Without a decoder each job fails by itself and says why.
    try? Codecs.prepareDecoders()
    Confinement.giveBackCode()
    Codecs.prepareDrawings()
    Confinement.giveBackCode()
    try? Codecs.prepareMetadata()
  }

  /// A file's deep metadata and that of its sidecar.
  static func describe(
    _ descriptor: CInt, sidecar: CInt?, fileExtension: String
  ) throws(MediaFailure) -> DeepMetadata? {
    let source = try DescriptorSource(borrowing: descriptor)
    guard let sidecar else {
      return try Codecs.metadata(source, fileExtension: fileExtension)
    }
    return try Codecs.metadata(
      source, sidecar: try DescriptorSource(borrowing: sidecar), fileExtension: fileExtension)
  }

  /// The sidecar, or the picture, with the change in it.
  static func edit(
    _ edit: SidecarEdit, of descriptor: CInt?, isPicture: Bool
  ) throws(MediaFailure) -> [UInt8]? {
    let source = try descriptor.map { descriptor throws(MediaFailure) in
      try DescriptorSource(borrowing: descriptor)
    }
    return try Codecs.edited(source, edit, isPicture: isPicture)
  }
}
