"""A control group with a memory limit (v1 or v2), as a container has one."""

import os
import time
from pathlib import Path

import pytest


class MemoryGroup:
    """Processes that enter it share the limit; the kernel ends one of them when they exceed it."""

    def __init__(self, path: Path):
        self.path = path

    @staticmethod
    def make(limit: int) -> "MemoryGroup":
        """Makes one, or skips the test where none may be made."""
        for base, name in ((Path("/sys/fs/cgroup/memory"), "memory.limit_in_bytes"), (Path("/sys/fs/cgroup"), "memory.max")):
            path = base / f"albumen-test-{os.getpid()}"
            try:
                path.mkdir()
                (path / name).write_text(str(limit))
                return MemoryGroup(path)
            except OSError:
                if path.is_dir():
                    path.rmdir()
        pytest.skip("no control group with a memory limit can be made here")

    def enter(self) -> None:
        """Moves the calling process into the group; for a child before it becomes the program."""
        (self.path / "cgroup.procs").write_text("0")

    @property
    def kills(self) -> int:
        """How many processes the kernel has ended for want of memory."""
        for name in ("memory.oom_control", "memory.events"):
            if (self.path / name).exists():
                words = (self.path / name).read_text().split()
                return int(words[words.index("oom_kill") + 1])
        raise AssertionError("the group does not count its kills")

    def __enter__(self) -> "MemoryGroup":
        return self

    def __exit__(self, *_) -> None:
        for _ in range(50):
            try:
                self.path.rmdir()
                return
            except OSError:
                time.sleep(0.1)  # its last process is being taken away
