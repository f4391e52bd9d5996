"""From starting `serve` to the first screen of pictures in a browser, seen from inside the page."""

import os
import time

from chromium import Chromium
from inputs import CHECKOUT
from measuring import Failed, Running, spread
from suite import Client, benchmark, free_port, result, scan

WINDOW = 1440, 900
# The figures are for this many pictures.
COUNT = 10_000

# Runs before the page's own scripts; notes when every tile inside the window shows its picture and the
# frame with the last of them is drawn. A tile that is broken shows that. The first note counts; what
# comes later (a scan goes on) does not. It looks only when a picture has come, for to ask where the
# tiles are makes the browser lay out.
WATCH = """
(() => {
  const notes = { script: performance.now(), shown: 0, first: 0, tiles: 0 };
  globalThis.firstScreen = notes;
  const pictures = document.getElementsByClassName('is-shown');
  const broken = document.getElementsByClassName('is-broken');
  const isLoaded = (picture) => picture.complete && picture.naturalWidth > 0;
  let seen = 0;
  const look = () => {
    const loaded = [...pictures].filter(isLoaded).length + broken.length;
    if (loaded === seen) {
      requestAnimationFrame(look);
      return;
    }
    seen = loaded;
    const tiles = [...document.querySelectorAll('.tile')].filter((tile) => {
      if (tile.hidden || tile.parentElement.hidden) return false;
      const box = tile.getBoundingClientRect();
      return box.bottom > 0 && box.top < innerHeight && box.width > 0;
    });
    const ready = tiles.filter((tile) => tile.classList.contains('is-broken')
      || [...tile.querySelectorAll('img.is-shown')].some(isLoaded));
    if (ready.length > 0 && !notes.first) notes.first = performance.now();
    const fills = tiles.some((tile) => tile.getBoundingClientRect().bottom >= innerHeight - 60);
    if (fills && ready.length === tiles.length) {
      notes.tiles = tiles.length;
      // The callback after the next one runs when this frame has been handed on.
      requestAnimationFrame(() => requestAnimationFrame(() => { notes.shown = performance.now(); }));
      return;
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


def first_screen(browser, words, log, port):
    """Milliseconds from starting the server: until it answers, the page's start, the first picture,
    the whole screen."""
    page = browser.page(WATCH)
    page.settle()
    begun = time.time() * 1000
    with Running(words, log=log) as process:
        client = Client(port, process)
        client.wait()
        answered = time.time() * 1000
        page.go(f"http://127.0.0.1:{port}/")
        end = time.time() + 60
        notes = None
        while not notes or not notes["shown"]:
            if time.time() > end:
                raise Failed(f"the first screen did not come within 60 s: {notes}")
            # The notes are taken in the page; when they are read does not matter.
            time.sleep(0.1)
            notes = page.value("({ ...globalThis.firstScreen, origin: performance.timeOrigin })")
    page.close()
    origin = notes["origin"] - begun
    return {"answered": answered - begun, "origin": origin, "first": origin + notes["first"],
            "screen": origin + notes["shown"], "tiles": notes["tiles"]}


def serving(context, library, web, *arguments):
    """Words that start a server, and its port."""
    port = free_port()
    return [context.albumen(), "serve", *arguments, "--library", library, "--port", str(port),
            "--web", web], port


class Floor:
    """What the browser itself takes: a page without any script whose pictures stand in it, from the
    same server, with the same clock."""

    PICTURES = 40

    def __init__(self, context, folder):
        self.context, self.log = context, os.path.join(context.scratch, "floor.log")
        self.library, self.web = context.fresh("floor"), context.fresh("floor-page")
        scan(context, [folder], self.library)
        words, port = serving(context, self.library, os.path.join(CHECKOUT, "Web"))
        with Running(words, log=self.log) as process:
            client = Client(port, process)
            client.wait()
            answer = client.json("/api/v1/results", {"sort": "captured", "order": "desc"})
            page = client.json(
                f"/api/v1/results/{answer['token']}/assets?position=0&count={self.PICTURES}")
            pictures = ""
            for asset in page["assets"]:
                client.thumbnail(asset)
                pictures += (
                    '<button class="tile"><img class="is-shown" width="180" height="180" alt="" '
                    f'src="/thumb/{asset["id"]}/256?v={asset["version"]}"></button>\n')
        with open(os.path.join(self.web, "index.html"), "w") as file:
            file.write(f"<!doctype html>\n<title>Pictures</title>\n{pictures}")

    def reading(self, browser):
        words, port = serving(self.context, self.library, self.web)
        return first_screen(browser, words, self.log, port)["screen"]


def screens(context, folder, prepare, arguments):
    readings, floors = [], []
    floor = Floor(context, folder)
    with Chromium(*WINDOW) as browser:
        def ours():
            words, port = serving(context, prepare(), os.path.join(CHECKOUT, "Web"), *arguments)
            reading = first_screen(browser, words, os.path.join(context.scratch, "serve.log"), port)
            readings.append(reading)
            floors.append(floor.reading(browser))
            return reading["screen"]

        outcome = result(context, "ms", ours, less_is_better=True)
    parts = {name: spread([reading[name] for reading in readings])["median"] for name in readings[0]}
    outcome["note"] = (
        f"{parts['tiles']:.0f} pictures; the server answers after {parts['answered']:.0f} ms, the page begins "
        f"after {parts['origin']:.0f} ms, its first picture is there after {parts['first']:.0f} ms; "
        f"a page without scripts that has the same thumbnails takes {spread(floors)['median']:.0f} ms")
    return outcome


def pictures(context):
    return context.library(count=min(COUNT, context.options.count))


@benchmark("first-screen-fresh", "from `serve` on 10,000 pictures never seen to the first screen in Chromium")
def first_screen_fresh(context):
    folder = pictures(context)
    return screens(context, folder, lambda: context.fresh("catalog"), [folder])


@benchmark("first-screen-known", "from `serve` on a known library of 10,000 to the first screen in Chromium")
def first_screen_known(context):
    folder = pictures(context)
    library = context.fresh("known")
    scan(context, [folder], library)
    # The first run makes the thumbnails of the first screen; it is the warm-up.
    return screens(context, folder, lambda: library, [])
