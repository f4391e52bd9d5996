"""20,000 pictures inside 256 MiB: scanned, scrolled end to end and viewed while the memory is watched."""

import json
import subprocess
import sys
import threading
import time

import pytest
from conftest import ROOT, SCREENSHOTS, Server, keep, until

MEBIBYTE = 1 << 20
BUDGET = 256 * MEBIBYTE
COUNT = 20_000


@pytest.fixture(scope="module")
def large_library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large") / "library"
    subprocess.run(
        [sys.executable, ROOT / "Benchmarks/make_library.py", folder, "--count", str(COUNT), "--small"],
        check=True, timeout=600)
    return folder


@pytest.mark.slow
def test_a_large_library_stays_inside_its_budget(executable, open_page, large_library, tmp_path):
    browse(open_page, large_library, tmp_path, name="budget")


@pytest.mark.slow
def test_a_container_of_the_same_size_is_survived(executable, open_page, large_library, tmp_path):
    from memory_group import MemoryGroup

    with MemoryGroup.make(BUDGET) as group:
        browse(open_page, large_library, tmp_path, name="container", before=group.enter)
        assert group.kills == 0


def browse(open_page, folder, tmp_path, name, before=None):
    """Scans, scrolls end to end and views while the memory of all processes is watched."""
    from process_memory import Sampler

    server = Server(tmp_path / "data", str(folder), "--memory", "256M", before=before)
    unaccounted: list[tuple[float, int]] = []
    stop = threading.Event()

    def watch():
        while not stop.wait(1):
            try:
                memory = server.get("/api/v1/memory")
                unaccounted.append((time.monotonic(), memory["unaccounted"]))
            except OSError:
                continue

    watcher = threading.Thread(target=watch, daemon=True)
    with Sampler(server.process.pid, interval=0.25) as sampler:
        watcher.start()
        try:
            page = open_page(server.base, color_scheme="dark")
            page.wait_for_selector(".tile-image.is-shown", timeout=60_000)
            server.wait_scanned(COUNT, 300)
            until(page, f"albumen.store.state.result?.count === {COUNT}", 60)
            until(page, f"albumen.store.state.folders.find(({{ parentId }}) => parentId === null)?.totalCount === {COUNT}")
            until(page, "albumen.store.state.scan?.state === 'idle'", 10)
            scroll_end_to_end(page)
            keep(page, f"{name}-end")
            view_some(page)
        finally:
            stop.set()
            watcher.join()
            server.stop()
    gap = max(amount for _, amount in unaccounted)
    facts = {
        "samples": len(sampler.samples), "peak_mib": round(sampler.peak / MEBIBYTE, 1),
        "unaccounted_mib": round(gap / MEBIBYTE, 1),
    }
    SCREENSHOTS.mkdir(exist_ok=True)
    (SCREENSHOTS / f"{name}.json").write_text(json.dumps(facts))
    print(facts)
    assert len(sampler.samples) > 100
    assert sampler.peak <= BUDGET, facts
    assert gap <= BUDGET // 10, facts


def scroll_end_to_end(page):
    """Screen by screen for a while, then in leaps, then to the very end, waiting for thumbnails now and then."""
    page.mouse.move(700, 500)
    elements = []
    for turn in range(120):
        page.mouse.wheel(0, 850)
        page.wait_for_timeout(90)
        if turn % 20 == 0:
            page.wait_for_selector(".tile-image.is-shown")
            elements.append(page.evaluate("document.getElementsByTagName('*').length"))
    for share in range(1, 21):
        page.evaluate("""(share) => {
          const { grid } = albumen;
          grid.scrollTo(share * (grid.layout.height - grid.viewportHeight));
        }""", share / 20)
        page.wait_for_timeout(900)
        elements.append(page.evaluate("document.getElementsByTagName('*').length"))
    assert page.evaluate("albumen.grid.firstVisible") > COUNT * 0.98
    page.wait_for_selector(".tile-image.is-shown")
    assert max(elements) < 2500


def view_some(page):
    page.keyboard.press("Home")
    page.wait_for_timeout(300)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    for _ in range(12):
        page.wait_for_selector(".viewer-stage[data-shown]", timeout=60_000)
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(400)
    page.keyboard.press("z")
    page.wait_for_timeout(800)
    page.keyboard.press("Escape")
