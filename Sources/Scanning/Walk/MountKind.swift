import CScan

/// What kind of file system something is on, by the number `statfs(2)` gives (linux/magic.h).
enum MountKind: Sendable {
  /// Files that people put there.
  case ordinary
  /// On another machine or behind a driver that does not report changes made elsewhere.
  case network
  /// The kernel's own: no pictures there, and reading may have effects.
  case kernel

  init(of directory: OpenDirectory) {
    self.init(type: cscan_file_system_type(directory.descriptor.rawValue))
  }

  init(type: Int64) {
    switch type {
    // NFS, SMB, CIFS, SMB 2, 9P, Ceph, AFS (two), Coda, Lustre, VirtualBox folders, FUSE.
    case 0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x0102_1997, 0x00C3_6400, 0x5346_414F,
      0x6B41_4653, 0x7375_7245, 0x0BD0_0BD0, 0x786F_4256, 0x6573_5546:
      self = .network
    // proc, sysfs, devpts, cgroup, cgroup 2, debugfs, tracefs, securityfs, bpf, pstore, configfs,
    // mqueue, hugetlbfs, binfmt_misc, nsfs, fusectl, efivarfs, selinuxfs, rpc_pipefs.
    case 0x9FA0, 0x6265_6572, 0x1CD1, 0x27_E0EB, 0x6367_7270, 0x6462_6720, 0x7472_6163,
      0x7363_6673, 0xCAFE_4A11, 0x6165_676C, 0x6265_6570, 0x1980_0202, 0x9584_58F6,
      0x4249_4E4D, 0x6E73_6673, 0x6573_5543, 0xDE5E_81E4, 0xF97C_FF8C, 0x6759_6969:
      self = .kernel
    default: self = .ordinary
    }
  }
}
