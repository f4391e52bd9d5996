"""The page as a person would use it, on a folder of made pictures."""

import json
import re

import pytest
from conftest import SCREENSHOTS, Server, corpus_folder, keep, until
from pictures import make_pictures
from playwright.sync_api import Page, expect

COUNT = 160


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    return folder, make_pictures(folder, COUNT)


@pytest.fixture(scope="module")
def server(executable, library, tmp_path_factory):
    folder, made = library
    server = Server(tmp_path_factory.mktemp("data"), str(folder))
    server.wait_scanned(made["images"] + made["videos"] + made["broken"])
    yield server
    server.stop()


@pytest.fixture
def page(open_page, server) -> Page:
    page = open_page(server.base)
    page.wait_for_selector(".tile-image.is-shown")
    return page


def value(page: Page, expression: str):
    return page.evaluate(f"() => {expression}")


def tiles(page: Page):
    return page.locator(".grid-row:not([hidden]) .tile:not([hidden])")


def settle_pictures(page: Page):
    """Waits until every tile that is seen shows its thumbnail or says why not."""
    until(page, """(() => {
      const box = document.getElementById('grid').getBoundingClientRect();
      const seen = [...document.querySelectorAll('.grid-row:not([hidden]) .tile:not([hidden])')].filter((tile) => {
        const place = tile.getBoundingClientRect();
        return place.bottom > box.top && place.top < box.bottom;
      });
      return seen.length > 0 && seen.every((tile) =>
        tile.querySelector('.tile-image.is-shown') || tile.classList.contains('is-broken'));
    })()""", 60)


def test_shows_thumbnails_with_labels_in_both_schemes(open_page, server):
    for scheme in ("dark", "light"):
        page = open_page(server.base, color_scheme=scheme)
        page.wait_for_selector(".tile-image.is-shown")
        settle_pictures(page)
        keep(page, f"grid-{scheme}")
        assert re.match(r"photo \d{4}\.jpg, \d+ June 2025, 10:\d\d", tiles(page).first.get_attribute("aria-label"))
        expect(page.locator(".grid-header:not([hidden]) .grid-header-label").first).to_have_text("June 2025")


def test_the_first_result_is_asked_for_once_and_with_the_page(open_page, server):
    asked = """performance.getEntriesByType('resource').filter(({ name }) => name.includes('/api/v1/results'))
      .map(({ name, initiatorType }) => [new URL(name).search, initiatorType])"""
    for address, at in (("/", 0), ("/?at=40", 40)):
        page = open_page(server.base, address)
        page.wait_for_selector(".tile-image.is-shown")
        first, *more = value(page, asked)
        assert first == [f"?sort=captured&order=desc&at={at}", "link"]
        assert not any("order" in search for search, _ in more)
    page = open_page(server.base, "/?sort=name")
    page.wait_for_selector(".tile-image.is-shown")
    assert value(page, asked)[0] == ["?sort=name&order=asc&at=0", "fetch"]


def test_scrolls_end_to_end_with_a_constant_number_of_elements(page):
    settle_pictures(page)
    page.mouse.move(700, 500)
    counts, seen = [], set()
    for _ in range(200):
        counts.append(value(page, "document.getElementsByTagName('*').length"))
        seen.update(value(page, "[...document.querySelectorAll('.tile:not([hidden])')].map((tile) => tile.getAttribute('aria-label'))"))
        if value(page, "albumen.grid.map.top + albumen.grid.viewportHeight >= albumen.grid.layout.height - 1"):
            break
        page.mouse.wheel(0, 500)
        page.wait_for_timeout(60)
    else:
        pytest.fail("the end was not reached")
    assert len([name for name in seen if name and name.startswith("photo")]) == COUNT
    # The pool grows to what the fullest screen needs, and no further.
    assert max(counts) < 1500
    assert max(counts) - counts[len(counts) // 2] < 10 * 16
    again = value(page, "document.getElementsByTagName('*').length")
    for key in ("Home", "End", "Home", "End"):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
    assert value(page, "document.getElementsByTagName('*').length") - again < 10 * 16
    settle_pictures(page)
    keep(page, "grid-end")


def test_selects_by_click_shift_ctrl_rubber_band_and_keys(page):
    count = "albumen.grid.selection.count"
    tiles(page).nth(2).click()
    assert value(page, count) == 1
    tiles(page).nth(6).click(modifiers=["Shift"])
    assert value(page, count) == 5
    tiles(page).nth(4).click(modifiers=["Control"])
    assert value(page, count) == 4
    keep(page, "selection")
    box = tiles(page).nth(0).bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 500, box["y"] + 300, steps=8)
    expect(page.locator(".rubber-band")).to_be_visible()
    page.mouse.up()
    assert value(page, count) >= 4
    expect(page.locator(".rubber-band")).to_be_hidden()
    page.keyboard.press("Control+a")
    assert value(page, count) == value(page, "albumen.store.state.result.count")
    page.keyboard.press("Escape")
    assert value(page, count) == 0


def test_the_keyboard_moves_one_focused_tile(page):
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert value(page, "albumen.store.state.focus") == 1
    page.keyboard.press("Shift+ArrowRight")
    assert value(page, "albumen.grid.selection.count") == 2
    page.keyboard.press("ArrowDown")
    assert value(page, "albumen.store.state.focus") > 2
    page.keyboard.press("End")
    last = value(page, "albumen.store.state.result.count") - 1
    assert value(page, "albumen.store.state.focus") == last
    assert value(page, "document.activeElement.classList.contains('tile')")
    assert value(page, "document.querySelectorAll('.tile[tabindex=\"0\"]:not([hidden])').length") == 1
    page.keyboard.press("PageUp")
    assert value(page, "albumen.store.state.focus") < last
    page.keyboard.press("Home")
    assert value(page, "albumen.store.state.focus") == 0
    before = value(page, "albumen.grid.layout.rectangle(0).height")
    page.keyboard.press("+")
    page.wait_for_timeout(100)
    assert value(page, "albumen.grid.layout.rectangle(0).height") > before
    page.keyboard.press("v")
    page.wait_for_timeout(200)
    assert value(page, "albumen.grid.layout.constructor.name") == "SquareLayout"
    settle_pictures(page)
    keep(page, "grid-squares")
    page.keyboard.press("?")
    expect(page.locator("dialog.keys")).to_be_visible()
    keep(page, "keys")
    page.keyboard.press("Escape")
    expect(page.locator("dialog.keys")).to_have_count(0)


def open_named(page: Page, name: str):
    """Opens a picture by its name through the address, as a pasted link does."""
    listed = value(page, """(async () => {
      const { token, count } = albumen.store.state.result;
      const names = [];
      for (let position = 0; position < count; position += 200) {
        const answer = await fetch(`/api/v1/results/${token}/assets?position=${position}&count=200`);
        names.push(...(await answer.json()).assets.map(({ id, name }) => [name, id]));
      }
      return names;
    })()""")
    identifier = dict(map(tuple, listed))[name]
    page.goto(page.url.split("?")[0] + f"?open={identifier}")
    page.wait_for_selector(".viewer:not([hidden])")
    page.wait_for_selector(".viewer-stage[data-shown]")


def picture_at(page: Page, x: float, y: float) -> list[float]:
    """The picture's pixel under a point of the window."""
    return page.evaluate("""([x, y]) => {
      const { scale, x: left, y: top, picture } = albumen.viewer.view;
      const box = document.querySelector('.viewer-stage').getBoundingClientRect();
      const across = x - box.left - box.width / 2, down = y - box.top - box.height / 2;
      return [(across - left) / scale + picture.width / 2, (down - top) / scale + picture.height / 2];
    }""", [x, y])


def test_the_viewer_zooms_exactly_at_the_pointer_and_pans(page):
    open_named(page, "large.jpg")
    page.mouse.move(880, 320)
    page.wait_for_timeout(300)
    keep(page, "viewer")
    assert value(page, "albumen.viewer.view.scale") < 0.4
    before = picture_at(page, 880, 320)
    for _ in range(10):
        page.mouse.wheel(0, -100)
    page.wait_for_timeout(200)
    after = picture_at(page, 880, 320)
    assert value(page, "albumen.viewer.view.scale") > 1
    assert abs(before[0] - after[0]) < 0.5 and abs(before[1] - after[1]) < 0.5
    until(page, "albumen.viewer.view.hasDetail")
    keep(page, "viewer-zoomed")
    # A drag moves the picture with the pointer.
    held = picture_at(page, 700, 450)
    page.mouse.move(700, 450)
    page.mouse.down()
    page.mouse.move(640, 420, steps=5)
    dragged = picture_at(page, 640, 420)
    page.mouse.up()
    assert abs(held[0] - dragged[0]) < 1 and abs(held[1] - dragged[1]) < 1
    page.keyboard.press("1")
    page.wait_for_timeout(400)
    assert abs(value(page, "albumen.viewer.view.scale * devicePixelRatio") - 1) < 1e-6
    page.keyboard.press("z")
    page.wait_for_timeout(400)
    assert value(page, "albumen.viewer.view.scale") < 0.4


def test_the_viewer_walks_shows_facts_and_comes_back(page):
    tiles(page).nth(3).dblclick()
    page.wait_for_selector(".viewer-stage[data-shown]")
    assert "open=" in page.url
    first = page.locator(".viewer-title h2").text_content()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".viewer-title h2")).not_to_have_text(first)
    page.wait_for_selector(".viewer-stage[data-shown]")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".viewer-title h2")).to_have_text(first)
    page.keyboard.press("i")
    expect(page.locator(".inspector .facts")).to_contain_text("Test Camera")
    expect(page.locator(".fields-count")).to_contain_text("field")
    page.locator(".fields input").fill("DateTimeOriginal")
    expect(page.locator(".field-row:not([hidden])").first).to_contain_text("DateTimeOriginal")
    keep(page, "viewer-facts")
    page.locator(".fields input").press("Escape")
    page.keyboard.press("i")
    url = page.url
    page.reload()
    page.wait_for_selector(".viewer-stage[data-shown]")
    expect(page.locator(".viewer-title h2")).to_have_text(first)
    assert page.url == url
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    assert "open=" not in page.url
    page.keyboard.press("Space")
    expect(page.locator("#viewer")).to_be_visible()
    page.keyboard.press("Space")
    expect(page.locator("#viewer")).to_be_hidden()


def test_the_viewer_fills_the_screen_and_gives_it_back(page):
    tiles(page).nth(3).dblclick()
    page.wait_for_selector(".viewer-stage[data-shown]")
    page.keyboard.press("Shift+F")
    until(page, "document.fullscreenElement?.id === 'viewer' || document.fullscreenElement?.contains(document.querySelector('.viewer-stage'))")
    page.keyboard.press("Shift+F")
    until(page, "document.fullscreenElement === null")
    page.keyboard.press("Shift+F")
    until(page, "document.fullscreenElement !== null")
    page.keyboard.press("Escape")
    until(page, "document.fullscreenElement === null")


def test_who_wants_less_motion_gets_none(open_page, server):
    page = open_page(server.base, reduced_motion="reduce")
    page.wait_for_selector(".tile-image.is-shown")
    tiles(page).nth(3).dblclick()
    page.wait_for_selector(".viewer-stage[data-shown]")
    # Nothing on the page takes longer than a blink to change, whatever its style says.
    longest = value(page, """Math.max(0, ...[...document.querySelectorAll('*')].flatMap((element) => {
      const style = getComputedStyle(element);
      return [style.transitionDuration, style.animationDuration].flatMap((list) =>
        list.split(',').map((time) => parseFloat(time) * (time.trim().endsWith('ms') ? 1 : 1000)));
    }))""")
    assert longest <= 10, f"{longest} ms"
    # A zoom is there at once.
    page.keyboard.press("1")
    page.wait_for_timeout(60)
    assert abs(value(page, "albumen.viewer.view.scale * devicePixelRatio") - 1) < 1e-6


def test_the_viewer_plays_videos_and_animations_and_names_what_is_broken(page):
    open_named(page, "clip.webm")
    until(page, "document.querySelector('.viewer-video')?.readyState >= 2")
    assert value(page, "document.querySelector('.viewer-video').videoWidth") == 640
    open_named(page, "moving.gif")
    until(page, "document.querySelector('.viewer-animated')?.naturalWidth === 240")
    open_named(page, "cut.jpg")
    expect(page.locator(".viewer-message h2")).to_have_text("This file cannot be shown")
    assert page.locator(".viewer-message p").text_content()


def test_the_viewer_draws_without_webgl(open_page, server):
    page = open_page(server.base)
    page.add_init_script("""const real = HTMLCanvasElement.prototype.getContext;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.startsWith('webgl') ? null : real.call(this, kind, ...rest);
      };""")
    page.reload()
    # What opens a picture comes after the first pictures.
    until(page, "Boolean(globalThis.albumen)")
    page.wait_for_selector(".tile-image.is-shown")
    tiles(page).nth(0).dblclick()
    page.wait_for_selector(".viewer-stage[data-shown]")
    page.wait_for_timeout(200)
    assert value(page, """(() => {
      const canvas = document.querySelector('.viewer-canvas');
      const { data } = canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1);
      return data[3] === 255 && data[0] + data[1] + data[2] > 0;
    })()""")


def test_names_are_text_and_never_markup(page):
    open_named(page, "<img src=x onerror=alert(1)> \"&amp;'.jpg")
    assert page.locator(".viewer-title h2").text_content() == "<img src=x onerror=alert(1)> \"&amp;'.jpg"
    assert page.locator("img[src='x']").count() == 0


def test_folders_sorts_and_kinds_are_in_the_address(page):
    page.locator("[role=treeitem]", has_text="special").click()
    expect(page.locator(".toolbar-title h1")).to_have_text("special")
    assert "folder=" in page.url
    until(page, "albumen.store.state.result.count < 20")
    page.get_by_role("button", name="Order").click()
    page.get_by_role("menuitemradio", name="File size").click()
    until(page, "albumen.store.state.result?.query.sort === 'size'")
    expect(tiles(page).first).to_have_attribute("aria-label", re.compile(r"^large\.jpg"))
    assert "sort=size" in page.url
    page.go_back()
    until(page, "albumen.store.state.result?.query.sort === 'captured'")
    page.go_back()
    until(page, "albumen.store.state.result?.query.folder === null")
    page.go_forward()
    expect(page.locator(".toolbar-title h1")).to_have_text("special")
    page.get_by_role("button", name="Videos").click()
    until(page, "albumen.store.state.result?.count === 1")


def test_the_timeline_scrubs(page):
    box = page.locator("#timeline").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] * 0.85)
    expect(page.locator(".timeline-hover")).to_be_visible()
    assert re.search(r"20(23|24)|No date", page.locator(".timeline-hover").text_content())
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + box["height"] * 0.6, steps=4)
    page.mouse.up()
    assert value(page, "albumen.grid.map.top") > 300


def test_problems_are_listed_with_reasons(page, server):
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.locator(".problem")).to_have_count(2)
    assert "view=problems" in page.url
    for row in page.locator(".problem").all():
        assert len(row.locator("p").text_content()) > 10
    keep(page, "problems")
    page.locator(".page-tools input").fill("cut.jpg")
    expect(page.locator(".problem")).to_have_count(1)
    with page.expect_response("**/api/v1/problems/retry") as answer:
        page.get_by_role("button", name="Try again").click()
    assert answer.value.ok
    # It is still broken, and listed again with its reason once it has been tried.
    server.wait(lambda: server.get("/api/v1/library")["counts"]["broken"] == 2, 20, "the retry")


def test_the_memory_view_is_live_and_adds_up(page, server):
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.locator(".memory-used")).to_contain_text("MiB")
    expect(page.locator(".account", has_text="thumbnails.memory")).to_be_visible()
    expect(page.locator(".processes tbody tr").first).to_contain_text("albumen")
    page.wait_for_timeout(2500)
    keep(page, "memory-dark" if value(page, "matchMedia('(prefers-color-scheme: dark)').matches") else "memory-light")
    memory = server.get("/api/v1/memory")
    shares = value(page, "[...document.querySelectorAll('.memory-bar > *')].map((part) => Number(part.style.flexGrow))")
    assert abs(sum(shares) - memory["limit"]) < memory["limit"] * 0.15 or sum(shares) > memory["limit"]
    page.keyboard.press("Escape")
    expect(page.locator("#room-grid")).to_be_visible()


def test_narrow_screens_have_sheets(open_page, server):
    page = open_page(server.base, width=390, height=844, has_touch=True, is_mobile=True,
                     device_scale_factor=2, color_scheme="dark")
    page.wait_for_selector(".tile-image.is-shown")
    settle_pictures(page)
    keep(page, "narrow-grid")
    expect(page.locator("#rail")).to_be_hidden()
    page.get_by_role("button", name="Library panel").tap()
    expect(page.locator("#rail")).to_be_visible()
    keep(page, "narrow-rail")
    page.locator("#scrim").tap(position={"x": 370, "y": 400})
    expect(page.locator("#rail")).to_be_hidden()
    tiles(page).nth(1).tap()
    page.wait_for_selector(".viewer-stage[data-shown]")
    keep(page, "narrow-viewer")
    assert value(page, "document.documentElement.scrollWidth") <= 390


def test_every_control_has_a_name_and_text_has_contrast(open_page, server):
    for scheme in ("dark", "light"):
        page = open_page(server.base, color_scheme=scheme)
        page.wait_for_selector(".tile-image.is-shown")
        for room in ("g", "p", "m"):
            page.keyboard.press("g")
            page.keyboard.press(room)
            page.wait_for_timeout(300)
            assert value(page, """[...document.querySelectorAll('button, a, input, [role=slider]')]
              .filter((one) => one.offsetParent && !(one.getAttribute('aria-label') || one.textContent.trim()))
              .map((one) => one.outerHTML)""") == []
            weak = page.evaluate(CONTRAST)
            assert weak == [], f"{scheme}, {room}: {json.dumps(weak, indent=1)}"


# Contrast by WCAG 2 of all seen text outside of pictures, against the surfaces behind it.
CONTRAST = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const paint = (colors) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const color of colors) { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => rgb.map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, at) => sum + value * [0.2126, 0.7152, 0.0722][at], 0);
  const weak = [];
  for (const element of document.querySelectorAll('#app *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility({ opacityProperty: true }) || element.closest('.tile, :disabled, svg')) continue;
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.bottom < 0 || box.top > innerHeight) continue;
    const layers = [];
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      layers.unshift(style.backgroundColor);
      opacity *= Number(style.opacity);
    }
    const back = paint(layers);
    canvas.globalAlpha = 1;
    const front = paint([...layers]);
    canvas.globalAlpha = opacity;
    canvas.fillStyle = getComputedStyle(element).color;
    canvas.fillRect(0, 0, 1, 1);
    canvas.globalAlpha = 1;
    const text = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
    const [high, low] = [light(text), light(back)].sort((left, right) => right - left);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) weak.push([element.className, element.textContent.trim().slice(0, 40), ratio.toFixed(2), text, back, front]);
  }
  return weak;
}"""


def test_new_pictures_appear_by_themselves_and_the_server_may_go_and_come(executable, open_page, tmp_path):
    from pictures import photo
    folder = tmp_path / "live"
    folder.mkdir()
    photo(1, 600, 400).save(folder / "one.jpg")
    server = Server(tmp_path / "data", str(folder))
    try:
        page = open_page(server.base)
        page.wait_for_selector(".tile-image.is-shown")
        photo(2, 600, 400).save(folder / "two.jpg")
        until(page, "albumen.store.state.result?.count === 2", 30)
    finally:
        server.stop()
    expect(page.locator("#offline")).to_be_visible()
    keep(page, "server-gone")


def test_the_corpus_is_browsed(executable, open_page, tmp_path):
    corpus = corpus_folder()
    if corpus is None:
        pytest.skip("the shared corpus is absent; set ALBUMEN_CORPUS to its folder to run this test")
    server = Server(tmp_path / "data", str(corpus))
    try:
        server.wait_scanned(100)
        page = open_page(server.base, "/?sort=name", color_scheme="dark")
        page.wait_for_selector(".tile-image.is-shown")
        settle_pictures(page)
        keep(page, "corpus")
        for _ in range(40):
            page.mouse.move(700, 500)
            page.mouse.wheel(0, 700)
            page.wait_for_timeout(80)
            settle_pictures(page)
        assert SCREENSHOTS.exists()
        broken = value(page, "albumen.store.state.counts.broken")
        page.keyboard.press("g")
        page.keyboard.press("p")
        page.wait_for_selector(".problem")
        assert page.locator(".problem").count() >= min(broken, 10)
        keep(page, "corpus-problems")
    finally:
        server.stop()
