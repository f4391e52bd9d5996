import CSQLite
import Platform

/// What kind of file system a directory is on, as far as SQLite's write-ahead log cares.
///
/// The log needs memory shared between processes and locks that hold, which network file systems
/// do not give.
enum FileSystemKind {
  /// The name of the network file system at `directory`; nil for a local one, or when the system
  /// does not say.
  static func networkName(of directory: FilePath) -> String? {
    let type = unsafe directory.withCString { unsafe csqlite_file_system_type($0) }
    return networkName(magic: UInt32(truncatingIfNeeded: type))
  }

  /// The name of a network file system by the number `statfs(2)` gives (linux/magic.h).
  static func networkName(magic: UInt32) -> String? {
    switch magic {
    case 0x6969: "NFS"
    case 0x517B: "SMB"
    case 0xFF53_4D42: "CIFS"
    case 0xFE53_4D42: "SMB 2"
    case 0x6573_5546: "FUSE"
    case 0x0102_1997: "9P"
    case 0x00C3_6400: "Ceph"
    case 0x5346_414F, 0x6B41_4653: "AFS"
    case 0x7375_7245: "Coda"
    case 0x0BD0_0BD0: "Lustre"
    case 0x786F_4256: "VirtualBox shared folder"
    default: nil
    }
  }
}
