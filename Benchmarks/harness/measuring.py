"""Measuring: pairs of runs in alternating order, medians, spreads, process trees."""

import os
import signal
import statistics
import subprocess
import threading
import time


class Skipped(Exception):
    """This benchmark or its peer cannot run here; the message says what is missing."""


class Failed(Exception):
    """A command that should have worked did not; the message has its last words."""


def command(words, cwd=None, accept=(0,), env=None):
    """Runs a command to its end; answers (seconds, standard output)."""
    begun = time.perf_counter()
    result = subprocess.run(words, cwd=cwd, capture_output=True, env=env)
    seconds = time.perf_counter() - begun
    if result.returncode not in accept:
        words = " ".join(words[:6]) + (" …" if len(words) > 6 else "")
        tail = result.stderr.decode(errors="replace").strip()[-400:]
        raise Failed(f"`{words}` ended with {result.returncode}: {tail}")
    return seconds, result.stdout.decode(errors="replace")


def paired(ours, peer, pairs, warm_ups=1, progress=lambda text: None):
    """Runs both in turn, changing who goes first; answers the samples of each and the ratio of each pair.

    Each of `ours` and `peer` answers a number where more is better.
    """
    for _ in range(warm_ups):
        ours()
        if peer:
            peer()
    mine, theirs, ratios = [], [], []
    for number in range(pairs):
        progress(f"pair {number + 1} of {pairs}")
        if not peer:
            mine.append(ours())
            continue
        if number % 2 == 0:
            left, right = ours(), peer()
        else:
            right, left = peer(), ours()
        mine.append(left)
        theirs.append(right)
        ratios.append(left / right)
    return mine, theirs, ratios


def spread(values):
    """Median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


# MARK: Memory

def children(pid):
    found = []
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass  # it ended
    return found


def tree(pid):
    found = [pid]
    for process in found:
        found += [child for child in children(process) if child not in found]
    return found


def pss(pid):
    """In bytes; 0 for a process that has ended."""
    try:
        with open(f"/proc/{pid}/smaps_rollup") as file:
            for line in file:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


class PeakSampler:
    """Samples the PSS of a process tree on a thread of its own while a `with` block runs."""

    def __init__(self, pid, interval=0.05):
        self.pid, self.interval = pid, interval
        self.peak, self.samples = 0, 0
        self.isOver = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.isOver.is_set():
            self.peak = max(self.peak, sum(pss(process) for process in tree(self.pid)))
            self.samples += 1
            self.isOver.wait(self.interval)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.isOver.set()
        self.thread.join()


class Running:
    """A process that is ended with its `with` block: asked first, killed after ten seconds."""

    def __init__(self, words, env=None, log=None):
        self.log = open(log, "wb") if log else subprocess.DEVNULL
        self.process = subprocess.Popen(words, stdout=self.log, stderr=subprocess.STDOUT, env=env)

    def __enter__(self):
        return self.process

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.log is not subprocess.DEVNULL:
            self.log.close()
