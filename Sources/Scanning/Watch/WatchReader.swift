import CLinux
import CScan
import Catalog
import Glibc
import Platform

/// The inotify descriptor and the thread that reads it.
///
/// A file counts when whoever wrote it has closed it or moved it into place, not when it is created:
/// half-written files are not probed.
final class WatchReader: Sendable {
  private let watcher: FileDescriptor
  private let stopper: FileDescriptor
  private let table: WatchTable
  private let notify: @Sendable () -> Void

  /// - Parameters:
  ///   - table: where changes are noted.
  ///   - notify: called on the reader's thread after some were.
  /// - Throws: `SystemError` when the system gives no inotify instance (`EMFILE`: too many).
  init(table: WatchTable, notify: @escaping @Sendable () -> Void) throws(SystemError) {
    self.table = table
    self.notify = notify
    watcher = FileDescriptor(
      takingOwnershipOf: try systemCall("inotify_init1") { cscan_watch_start() })
    stopper = FileDescriptor(
      takingOwnershipOf: try systemCall("eventfd") { cscan_event_descriptor() })
  }

  /// Starts the thread; it ends with `stop`.
  func start() { startDetachedThread(named: "watch") { self.run() } }

  func stop() {
    let one: [UInt64] = [1]
    _ = unsafe one.withUnsafeBytes { unsafe write(stopper.rawValue, $0.baseAddress, 8) }
  }

  /// Watches a folder by an open descriptor, so that its path may be as long as it likes.
  ///
  /// - Throws: `ENOSPC` at the limit of watches of the user.
  func watch(_ place: WatchTable.Place, descriptor: CInt) throws(SystemError) {
    let raw = watcher.rawValue
    let path = FilePath("/proc/self/fd/\(descriptor)")
    let watch = unsafe path.withCString { unsafe cscan_watch_add(raw, $0) }
    if watch < 0 { throw .last("inotify_add_watch") }
    table.set(watch, place)
  }

  private func run() {
    // Room for some hundred events; the kernel never cuts one.
    var buffer = [UInt64](repeating: 0, count: 16384 / 8)
    while true {
      let ready = cscan_wait(watcher.rawValue, stopper.rawValue, -1)
      if ready < 0 && errno == EINTR { continue }
      if ready < 0 || ready & 2 != 0 { return }
      let raw = watcher.rawValue
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe read(raw, $0.baseAddress, $0.count)
      }
      if count <= 0 { continue }
      unsafe buffer.withUnsafeBytes { bytes in
        var offset = 0
        while offset < count {
          let event = unsafe cscan_event_at(bytes.baseAddress, offset)
          offset = unsafe event.next
          let name = unsafe Array(
            UnsafeBufferPointer(start: event.name, count: event.name_length))
          take(watch: unsafe event.watch, flags: unsafe event.flags, name: name)
        }
      }
      if table.age != nil { notify() }
    }
  }

  private func take(watch: CInt, flags: CInt, name: [UInt8]) {
    func has(_ flag: cscan_event_flags) -> Bool { flags & CInt(flag.rawValue) != 0 }
    if has(CSCAN_OVERFLOW) { return table.noteEverythingChanged() }
    guard let place = table.place(of: watch) else { return }
    if has(CSCAN_FORGOTTEN) { return table.remove(watch) }
    if has(CSCAN_GONE) || has(CSCAN_UNMOUNTED) {
      // The folder itself; who contains it is told too, unless it is not watched.
      let above = WatchTable.Place(
        root: place.root,
        path: place.path.lastIndex(of: slash).map { Array(place.path[..<$0]) } ?? [])
      return table.noteChange(in: above, isRecursive: place.path.isEmpty)
    }
    if name.isEmpty { return table.noteChange(in: place, isRecursive: true) }
    let isRules = name.elementsEqual(IgnoreRules.fileName.utf8)
    if name.first == UInt8(ascii: ".") && !isRules { return }
    if has(CSCAN_IS_DIRECTORY) {
      takeFolder(
        place.appending(name), in: place, came: has(CSCAN_CREATED) || has(CSCAN_CAME),
        left: has(CSCAN_LEFT), changed: has(CSCAN_ATTRIBUTES))
    } else if isRules {
      table.noteChange(in: place, isRecursive: true)
    } else if has(CSCAN_CREATED) {
      // Its writer is not done, and closing it or moving it into place is told.
      return
    } else if ExtensionSet.scanned.matches(name[...]) {
      table.noteChange(in: place, isRecursive: false)
    }
  }

  private func takeFolder(
    _ folder: WatchTable.Place, in parent: WatchTable.Place, came: Bool, left: Bool, changed: Bool
  ) {
    if left {
      // Watches follow what they are on; where it went, a scan adds them again.
      for watch in table.remove(within: folder) { _ = cscan_watch_remove(watcher.rawValue, watch) }
    }
    if came || changed {
      table.noteChange(in: folder, isRecursive: true)
    } else {
      table.noteChange(in: parent, isRecursive: false)
    }
  }
}
