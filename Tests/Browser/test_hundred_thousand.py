"""The page on 100,000 assets: as many elements at the end as at the start, and every one in its place."""

import os

import pytest
from conftest import Server, keep, until
from pictures import photo

COUNT = 100_000
PER_FOLDER = 1000
#: A file system may allow no more names than some 65,000 for one file.
SOURCES = 20
MEBIBYTE = 1 << 20

# How far the tiles in the window are from where the layout has them, by the names they show, and which
# names these are.
SEEN = """() => {
  const { grid } = albumen;
  const box = grid.scroller.getBoundingClientRect();
  const seen = { wrong: [], indexes: [] };
  for (const tile of document.querySelectorAll('.grid-row:not([hidden]) .tile:not([hidden])')) {
    const place = tile.getBoundingClientRect();
    if (place.bottom <= box.top || place.top >= box.bottom) continue;
    const name = /^(\\d{6})\\.jpg/.exec(tile.getAttribute('aria-label'));
    if (!name) return null;
    const index = Number(name[1]);
    const wanted = grid.layout.rectangle(index);
    const away = [place.top - box.top - (wanted.y - grid.map.top), place.left - box.left - 12 - wanted.x,
      place.width - wanted.width, place.height - wanted.height];
    if (away.some((distance) => Math.abs(distance) > 1)) seen.wrong.push([index, ...away]);
    seen.indexes.push(index);
  }
  seen.indexes.sort((left, right) => left - right);
  return seen;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A few pictures by many names: what the page has to do grows with names, not with pixels."""
    folder = tmp_path_factory.mktemp("many") / "library"
    sources = tmp_path_factory.mktemp("sources")
    sizes = [(96, 64), (64, 96), (80, 80), (128, 56)]
    for source in range(SOURCES):
        photo(source, *sizes[source % len(sizes)]).save(sources / f"{source}.jpg")
    for number in range(COUNT):
        place = folder / f"{number // PER_FOLDER:03}"
        if number % PER_FOLDER == 0:
            place.mkdir(parents=True)
        os.link(sources / f"{number % SOURCES}.jpg", place / f"{number:06}.jpg")
    return folder


@pytest.mark.slow
def test_a_hundred_thousand_assets_cost_the_page_no_more_than_a_screen(executable, open_page, folder, tmp_path):
    server = Server(tmp_path / "data", str(folder))
    try:
        server.wait_scanned(COUNT, 120)
        page = open_page(server.base, "/?sort=name&order=asc")
        until(page, f"albumen.store.state.result?.count === {COUNT}", 30)
        page.wait_for_selector(".tile-image.is-shown")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def cost() -> dict:
            session.send("HeapProfiler.collectGarbage")
            metrics = session.send("Performance.getMetrics")["metrics"]
            return {metric["name"]: metric["value"] for metric in metrics}

        def elements() -> int:
            return page.evaluate("albumen.grid.scroller.getElementsByTagName('*').length")

        page.mouse.move(700, 500)
        for _ in range(12):
            page.mouse.wheel(0, 850)
            page.wait_for_timeout(60)
        before, first_elements = cost(), elements()
        counts = []
        steps = 50
        for step in range(1, steps + 1):
            page.evaluate("""(share) => {
              const { grid } = albumen;
              grid.scrollTo(share * (grid.layout.height - grid.viewportHeight));
            }""", step / steps)
            page.wait_for_timeout(150)
            counts.append(elements())
        check_end(page)
        keep(page, "hundred-thousand-end")
        # The pool grows to what the fullest screen needs, and no further.
        assert max(counts) < 1000
        assert max(counts) - first_elements < 10 * 16
        after = cost()
        print({"elements": [first_elements, max(counts)], "nodes": [before["Nodes"], after["Nodes"]],
               "heap_mib": [round(each["JSHeapUsedSize"] / MEBIBYTE, 1) for each in (before, after)]})
        # What is kept of assets and placeholders is bounded; a tile or a listener kept for each is not.
        assert after["JSHeapUsedSize"] - before["JSHeapUsedSize"] < 8 * MEBIBYTE, (before, after)
        assert after["Nodes"] - before["Nodes"] < 1000, (before, after)

        # Tiles so large that the whole is taller than a browser can hold.
        page.evaluate("""() => {
          const { store, grid } = albumen;
          store.update({ preferences: { ...store.state.preferences, layout: 'square', tile: 420 } });
        }""")
        until(page, "albumen.grid.layout.height > 2 * albumen.grid.map.boxHeight")
        page.keyboard.press("Home")
        page.keyboard.press("End")
        check_end(page)
        for _ in range(4):
            page.mouse.wheel(0, -700)
            page.wait_for_timeout(60)
        until(page, f"albumen.grid.firstVisible < {COUNT - 8}")
        for _ in range(8):
            page.mouse.wheel(0, 700)
            page.wait_for_timeout(60)
        check_end(page)
        assert elements() < 1000
    finally:
        server.stop()


def check_end(page):
    """The last assets, all of them in a row without a gap, each where the layout has it."""
    until(page, f"({SEEN})()?.indexes.at(-1) === {COUNT - 1}")
    # A wheel scrolls smoothly: until it rests, what is drawn may be a frame behind.
    until(page, f"({SEEN})()?.wrong.length === 0")
    seen = page.evaluate(SEEN)
    assert seen["wrong"] == []
    assert seen["indexes"] == list(range(COUNT - len(seen["indexes"]), COUNT))
