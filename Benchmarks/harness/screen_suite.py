"""From starting `serve` to the first screen of pictures in a browser, seen from inside the page."""

import os
import time

from inputs import CHECKOUT
from measuring import Failed, Running, Skipped, spread
from suite import Client, benchmark, free_port, result, scan

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")

# Runs before the page's own scripts; notes when every tile inside the window shows its picture. A tile
# that is broken shows that. The first note counts; what comes later (a scan goes on) does not.
WATCH = """
(() => {
  const notes = { script: performance.now(), shown: 0, first: 0, tiles: 0 };
  globalThis.firstScreen = notes;
  const look = () => {
    const tiles = [...document.querySelectorAll('.tile')].filter((tile) => {
      if (tile.hidden || tile.parentElement.hidden) return false;
      const box = tile.getBoundingClientRect();
      return box.bottom > 0 && box.top < innerHeight && box.width > 0;
    });
    const ready = tiles.filter((tile) => tile.classList.contains('is-broken')
      || tile.querySelector('img.is-shown'));
    if (ready.length > 0 && !notes.first) notes.first = performance.now();
    const fills = tiles.some((tile) => tile.getBoundingClientRect().bottom >= innerHeight - 60);
    if (fills && ready.length === tiles.length) {
      notes.shown = performance.now();
      notes.tiles = tiles.length;
      return;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


class Browser:
    """Chromium with an empty page, started before the clock."""

    def __enter__(self):
        try:
            from playwright.sync_api import sync_playwright
        except ImportError:
            raise Skipped("playwright is not installed; Tests/Browser/run installs it into .venv") from None
        if not os.access(CHROMIUM, os.X_OK):
            raise Skipped(f"{CHROMIUM} is not installed (Debian package chromium)")
        self.playwright = sync_playwright().start()
        self.browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        return self

    def __exit__(self, *_):
        self.browser.close()
        self.playwright.stop()

    def first_screen(self, words, log, port):
        """Milliseconds from starting the server: until it answers, the page's start, the first picture,
        the whole screen."""
        context = self.browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_init_script(WATCH)
        page = context.new_page()
        page.goto("about:blank")
        begun = time.time() * 1000
        with Running(words, log=log) as process:
            client = Client(port, process)
            client.wait()
            answered = time.time() * 1000
            page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")
            end = time.time() + 60
            notes = None
            while not notes or not notes["shown"]:
                if time.time() > end:
                    raise Failed(f"the first screen did not come within 60 s: {notes}")
                page.wait_for_timeout(25)
                notes = page.evaluate(
                    "({ ...globalThis.firstScreen, origin: performance.timeOrigin })")
        context.close()
        origin = notes["origin"] - begun
        return {"answered": answered - begun, "origin": origin, "first": origin + notes["first"],
                "screen": origin + notes["shown"], "tiles": notes["tiles"]}


def screens(context, prepare, arguments):
    readings = []
    with Browser() as browser:
        def ours():
            library = prepare()
            port = free_port()
            reading = browser.first_screen(
                [context.albumen(), "serve", *arguments, "--library", library, "--port", str(port),
                 "--web", os.path.join(CHECKOUT, "Web")],
                os.path.join(context.scratch, "serve.log"), port)
            readings.append(reading)
            return reading["screen"]

        outcome = result(context, "ms", ours, less_is_better=True)
    parts = {name: spread([reading[name] for reading in readings])["median"] for name in readings[0]}
    outcome["note"] = (
        f"{parts['tiles']:.0f} pictures; the server answers after {parts['answered']:.0f} ms, the page begins "
        f"after {parts['origin']:.0f} ms, its first picture is there after {parts['first']:.0f} ms")
    return outcome


@benchmark("first-screen-fresh", "from `serve` on folders never seen to the first screen in Chromium")
def first_screen_fresh(context):
    folder = context.library()
    return screens(context, lambda: context.fresh("catalog"), [folder])


@benchmark("first-screen-known", "from `serve` on a known library to the first screen in Chromium")
def first_screen_known(context):
    folder = context.library()
    library = context.fresh("known")
    scan(context, [folder], library)
    # The first run makes the thumbnails of the first screen; it is the warm-up.
    return screens(context, lambda: library, [])
