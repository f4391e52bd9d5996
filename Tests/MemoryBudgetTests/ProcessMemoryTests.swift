import Glibc
import Platform
import TestSupport
import Testing

@testable import MemoryBudget

@Suite struct `Process memory` {
  /// Starts a shell that has a child of its own and waits for its input to end.
  func withChild(_ body: (pid_t) async throws -> Void) async throws {
    var input: [CInt] = [0, 0]
    try #require(pipe(&input) == 0)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, input[0], 0)
    posix_spawn_file_actions_addclose(&actions, input[1])
    let words = ["sh", "-c", "cat; true"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    var pid = pid_t()
    let code = posix_spawnp(&pid, "sh", &actions, nil, arguments, environ)
    posix_spawn_file_actions_destroy(&actions)
    for argument in arguments { free(argument) }
    close(input[0])
    try #require(code == 0)
    defer {
      close(input[1])
      var status: CInt = 0
      waitpid(pid, &status, 0)
    }
    try await body(pid)
  }

  @Test func `a tree holds the children of children, by either way of looking`() async throws {
    try await withChild { shell in
      while (ProcessMemory.children(of: shell) ?? []).isEmpty { await Task.yield() }
      let children = try #require(ProcessMemory.children(of: shell))
      let parents = ProcessMemory.parentsOfAll()
      #expect(children.allSatisfy { parents[$0] == shell })
      #expect(parents[shell] == getpid())
      let processes = ProcessMemory.processes(root: getpid())
      #expect(processes.first == getpid())
      #expect(processes.contains(shell) && children.allSatisfy { processes.contains($0) })
      let reading = ProcessMemory.reading(root: shell)
      #expect(Set(reading.byteCounts.keys) == Set([shell] + children))
      #expect(reading.failures.isEmpty)
      #expect(reading.total > 64 << 10 && reading.total < 64 << 20)
      #expect(ProcessMemory.tree(root: shell).count == 1 + children.count)
    }
  }

  @Test func `a process that is gone is an error that names its file`() {
    #expect(
      throws: SystemError(
        code: ENOENT, call: "open", path: FilePath("/proc/\(pid_t.max)/smaps_rollup"))
    ) {
      try ProcessMemory.pss(of: .max)
    }
    #expect(ProcessMemory.reading(root: .max).byteCounts.isEmpty)
  }

  @Test func `the unaccounted is what the ledger does not know`() {
    let budget = MemoryBudget(byteLimit: 1000)
    #expect(budget.snapshot().unaccounted(treePSS: 300) == 300)
  }
}

@Suite struct `Memory limits` {
  @Test(arguments: [
    ("512M", 512 << 20), ("1G", 1 << 30), ("256MiB", 256 << 20), ("1.5GB", 3 << 29),
    ("100663296", 96 << 20), ("98304k", 96 << 20), (" 2 g", 2 << 30), ("1t", 1 << 40),
    ("268435456B", 256 << 20),
  ])
  func `sizes are understood`(text: String, byteCount: Int) throws {
    #expect(try MemoryLimit.parse(text) == byteCount)
  }

  @Test(arguments: [
    "", "M", "lots", "12X", "-1G", "1.2.3G", "512 M x", "0x10", "nan", "infG", "MiB",
  ])
  func `what is no size says how to write one`(text: String) {
    #expect(
      throws: MemoryLimitError(
        description: "\"\(text)\" is not a size of memory; write it like 512M, 1G or 268435456")
    ) {
      try MemoryLimit.parse(text)
    }
  }

  @Test func `too little and too much are refused`() {
    #expect(
      throws: MemoryLimitError(
        description: "95M is too little memory to work with; give at least 96M")
    ) {
      try MemoryLimit.parse("95M")
    }
    #expect(throws: MemoryLimitError.self) { try MemoryLimit.parse("9999999999999T") }
    #expect(throws: MemoryLimitError.self) { try MemoryLimit.parse("0") }
  }

  /// A machine with this much RAM and these control group files.
  func machine(
    ram: Int, group: String, _ files: [String: String] = [:]
  ) throws -> (System, TemporaryDirectory) {
    let directory = try TemporaryDirectory()
    _ = try directory.write("proc/meminfo", Array("MemTotal:  \(ram / 1024) kB\n".utf8))
    _ = try directory.write("proc/self/cgroup", Array(group.utf8))
    for (name, text) in files { _ = try directory.write("cgroup/\(name)", Array(text.utf8)) }
    return (
      System(
        procDirectory: directory.path.appending("proc"),
        cgroupDirectory: directory.path.appending("cgroup")), directory
    )
  }

  @Test func `the default is 512 MiB, or a quarter of RAM, or 80 % of the group's limit`() throws {
    let gib = 1 << 30
    let (plenty, keep4) = try machine(ram: 64 * gib, group: "0::/\n")
    #expect(MemoryLimit.systemDefault(plenty) == 512 << 20)
    let (small, keep5) = try machine(ram: gib, group: "")
    #expect(MemoryLimit.systemDefault(small) == 256 << 20)
    let (second, keep2) = try machine(
      ram: 64 * gib, group: "0::/a/b\n",
      [
        "a/b/memory.max": "max\n", "a/memory.max": "268435456\n", "a/b/memory.high": "max\n",
      ])
    #expect(second.group?.version == 2)
    #expect(MemoryLimit.systemDefault(second) == (256 << 20) / 5 * 4)
    let (first, keep1) = try machine(
      ram: 64 * gib, group: "5:cpu:/\n4:memory:/x\n0::/\n",
      [
        "memory/x/memory.limit_in_bytes": "314572800\n",
        "memory/memory.limit_in_bytes": "9223372036854771712\n",
      ])
    #expect(first.group?.version == 1)
    #expect(MemoryLimit.systemDefault(first) == (300 << 20) / 5 * 4)
    let (container, keep3) = try machine(
      ram: 64 * gib, group: "0::/host/path/not/here\n", ["memory.max": "134217728\n"])
    #expect(MemoryLimit.systemDefault(container) == (128 << 20) / 5 * 4)
    withExtendedLifetime([keep1, keep2, keep3, keep4, keep5]) {}
  }

  @Test func `this machine has a default`() {
    #expect(MemoryLimit.systemDefault() > 0)
  }
}
