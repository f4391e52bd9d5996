"""The memory of a process and all below it, as the promise counts it: the sum of PSS."""

import threading
import time
from pathlib import Path


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in task.read_text().split()]
        except OSError:
            continue
    return found


def tree(pid: int) -> list[int]:
    return [pid] + [deeper for child in children(pid) for deeper in tree(child)]


def pss_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it ended between the listing and the reading
    return 0


def tree_pss_bytes(pid: int) -> int:
    return sum(pss_bytes(one) for one in tree(pid))


class Sampler:
    """Samples the tree's PSS in the background until it is stopped."""

    def __init__(self, pid: int, interval: float = 0.1):
        self.pid, self.interval = pid, interval
        self.samples: list[int] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            started = time.monotonic()
            self.samples.append(tree_pss_bytes(self.pid))
            self._stop.wait(max(0.01, self.interval - (time.monotonic() - started)))

    @property
    def peak(self) -> int:
        return max(self.samples, default=0)
