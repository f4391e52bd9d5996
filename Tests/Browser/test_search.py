"""Searching, refining and tagging as a person would, on a folder of made pictures."""

import json
import re

import pytest
from conftest import Server, keep, until
from pictures import make_pictures
from playwright.sync_api import Page, Route, expect
from test_page import CONTRAST, settle_pictures, tiles, value

COUNT = 48

#: What the tests begin with: tags, by every how many of the pictures they are on.
TAGS = {"cat": 2, "dog": 3, "blue_sky": 4, "sunset": 6, "hokusai": 12}


@pytest.fixture
def server(executable, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    made = make_pictures(folder, COUNT)
    server = Server(tmp_path / "data", str(folder))
    try:
        server.wait_scanned(made["images"] + made["videos"] + made["broken"])
        result = server.get("/api/v1/results?sort=name&order=asc&at=0")
        ids = server.get(f"/api/v1/results/{result['token']}/ids?from=0&to={result['count'] - 1}")["ids"]
        for name, every in TAGS.items():
            server.post("/api/v1/tags/edit", {"assets": ids[::every], "add": [name]})
        yield server
    finally:
        server.stop()


@pytest.fixture
def page(open_page, server) -> Page:
    return opened(open_page, server)


def opened(open_page, server, path="/", **more) -> Page:
    page = open_page(server.base, path, **more)
    page.wait_for_selector(".tile-image.is-shown")
    page.wait_for_selector(".search-input", state="attached")
    return page


def field(page: Page):
    return page.locator(".search-input")


def search(page: Page, text: str):
    """Types a query and waits for what it finds."""
    page.keyboard.press("/")
    field(page).fill(text)
    page.keyboard.press("Enter")
    until(page, f"albumen.store.state.resultState === 'ready' && albumen.store.state.result?.query.text === {json.dumps(text)}")


def count(page: Page) -> int:
    return value(page, "albumen.store.state.result.count")


def choices(page: Page):
    return page.locator("#search-choices [role=option]")


def test_a_search_is_completed_coloured_and_kept_in_the_address(page):
    page.keyboard.press("/")
    expect(field(page)).to_be_focused()
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("blue")
    expect(choices(page).first).to_contain_text("blue_sky")
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    keep(page, "search-completion")
    page.keyboard.press("ArrowDown")
    assert value(page, "document.querySelector('.search-input').getAttribute('aria-activedescendant')") == "search-choices-0"
    page.keyboard.press("Enter")
    expect(field(page)).to_have_value("blue_sky ")
    page.keyboard.type("-do")
    expect(choices(page).first).to_contain_text("dog")
    page.keyboard.press("Tab")
    expect(field(page)).to_have_value("blue_sky -dog ")
    page.keyboard.press("Enter")
    until(page, "albumen.store.state.result?.query.text === 'blue_sky -dog'")
    assert "q=blue_sky+-dog" in page.url
    expect(page.locator(".search-facts")).to_have_text(re.compile(r"^\d+ in [\d.]+ ms$"))
    expect(page.locator(".search-chip.is-tag").first).to_have_text("blue_sky")
    expect(page.locator(".search-chip.is-excluded")).to_have_text("dog")
    # The coloured letters stand exactly behind the field's own.
    widths = value(page, """(() => {
      const input = document.querySelector('.search-input');
      const canvas = document.createElement('canvas').getContext('2d');
      canvas.font = getComputedStyle(input).font;
      return [canvas.measureText(input.value).width, document.querySelector('.search-painted').getBoundingClientRect().width - 4];
    })()""")
    assert abs(widths[0] - widths[1]) < 1, widths
    # The keyboard is back at the pictures.
    page.keyboard.press("ArrowRight")
    assert value(page, "document.activeElement.classList.contains('tile')")


def test_back_forward_and_reload_keep_the_search(page):
    everything = count(page)
    search(page, "cat")
    cats = count(page)
    assert 0 < cats < everything
    search(page, "cat dog")
    both = count(page)
    assert 0 < both < cats
    page.go_back()
    until(page, f"albumen.store.state.result?.count === {cats}")
    expect(field(page)).to_have_value("cat")
    page.go_back()
    until(page, f"albumen.store.state.result?.count === {everything}")
    expect(field(page)).to_have_value("")
    page.go_forward()
    page.go_forward()
    until(page, f"albumen.store.state.result?.count === {both}")
    page.reload()
    page.wait_for_selector(".tile-image.is-shown")
    until(page, f"globalThis.albumen && albumen.store.state.result?.count === {both}")
    expect(field(page)).to_have_value("cat dog")
    page.get_by_role("button", name="Clear the search").click()
    until(page, f"albumen.store.state.result?.count === {everything}")
    assert "q=" not in page.url


def test_a_search_that_cannot_be_read_says_where_and_leaves_the_pictures_alone(page):
    search(page, "cat")
    cats = count(page)
    page.keyboard.press("Control+f")
    expect(field(page)).to_be_focused()
    field(page).fill("cat type:jpegg dog")
    page.keyboard.press("Enter")
    problem = page.locator(".search-problem")
    expect(problem).to_be_visible()
    assert len(problem.text_content()) > 10
    expect(field(page)).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".search-wrong").first).to_have_text("jpegg")
    assert count(page) == cats and "q=cat" in page.url
    keep(page, "search-problem")
    problem.get_by_role("button", name="jpeg", exact=True).click()
    expect(field(page)).to_have_value("cat type:jpeg dog")
    expect(problem).to_be_hidden()
    page.keyboard.press("Escape")
    expect(field(page)).to_have_value("cat")


def test_a_link_with_a_broken_search_and_one_that_finds_nothing_say_the_next_step(open_page, server):
    # The server's refusal is told in the console too, which is not a fault of the page.
    page = open_page(server.base, "/?q=dgo")
    expect(page.locator("#state h2")).to_have_text("Nothing matches")
    keep(page, "search-nothing")
    page.locator("#state .is-quiet", has_text="dog").click()
    until(page, "albumen.store.state.result?.query.text === 'dog'")
    expect(page.locator("#state")).to_be_hidden()
    page = open_page(server.base, "/?q=(cat")
    expect(page.locator("#state h2")).to_have_text("This search cannot be read")
    keep(page, "search-unreadable")
    page.get_by_role("button", name="Clear the search").last.click()
    page.wait_for_selector(".tile-image.is-shown")
    open_page.errors[:] = [error for error in open_page.errors if "status of 400" not in error]


def test_facets_narrow_down_exclude_and_are_taken_away(page):
    search(page, "cat")
    cats = count(page)
    page.keyboard.press("f")
    row = page.locator(".facet-row", has=page.get_by_text("dog", exact=True))
    expect(row).to_be_visible()
    both = int(row.locator(".facet-count").text_content())
    keep(page, "facets")
    row.click()
    until(page, f"albumen.store.state.result?.count === {both}")
    expect(row).to_have_attribute("aria-pressed", "true")
    expect(field(page)).to_have_value("cat dog")
    row.click(modifiers=["Alt"])
    until(page, f"albumen.store.state.result?.count === {cats - both}")
    expect(field(page)).to_have_value("cat -dog")
    page.get_by_role("button", name="Take away not dog").click()
    until(page, f"albumen.store.state.result?.count === {cats}")
    # Other facets work the same.
    jpeg = page.locator(".facet-row", has_text="JPEG")
    jpeg.click()
    until(page, "albumen.store.state.result?.query.text === 'cat type:jpeg'")
    expect(jpeg.locator(".facet-count")).to_have_text(str(count(page)))
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#facets")).to_be_visible()
    until(page, "Boolean(globalThis.albumen)")
    page.keyboard.press("f")
    expect(page.locator("#facets")).to_be_hidden()


def chip(page: Page, name: str):
    return page.locator(f".tag-editor [data-tag='{name}']")


def select(page: Page, *positions: int):
    tiles(page).nth(positions[0]).click()
    for position in positions[1:]:
        tiles(page).nth(position).click(modifiers=["Control"])


def test_tags_of_a_selection_are_put_on_taken_off_and_taken_back(page, server):
    select(page, 0, 1, 2)
    page.keyboard.press("t")
    expect(page.locator(".tag-editor")).to_be_visible()
    page.keyboard.type("garden party")
    expect(page.locator("#tag-editor-choices [role=option]").last).to_contain_text("new tag")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("3 pictures changed")
    expect(page.locator(".tag-editor [aria-checked=true]").filter(has_text="garden")).to_be_visible()
    name = page.locator(".tag-editor [aria-checked=true]").filter(has_text="garden").get_attribute("data-tag")
    page.keyboard.press("Escape")
    expect(page.locator(".tag-editor")).to_be_hidden()
    # One of three: neither all nor none.
    select(page, 0)
    page.keyboard.press("t")
    expect(chip(page, name)).to_have_attribute("aria-checked", "true")
    chip(page, name).click()
    expect(chip(page, name)).to_have_attribute("aria-checked", "false")
    expect(page.locator(".toast").last).to_contain_text("Took off")
    page.keyboard.press("Escape")
    select(page, 0, 1, 2)
    page.keyboard.press("t")
    expect(chip(page, name)).to_have_attribute("aria-checked", "mixed")
    keep(page, "tag-editor")
    chip(page, name).click()
    expect(chip(page, name)).to_have_attribute("aria-checked", "true")
    expect(page.locator(".toast").last).to_contain_text("Added")
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(chip(page, name)).to_have_attribute("aria-checked", "mixed")
    # Replaced on those that have it.
    chip(page, name).press("F2")
    page.keyboard.type("picnic")
    expect(page.locator("#tag-editor-choices [role=option]").last).to_contain_text("new tag")
    page.keyboard.press("Enter")
    expect(chip(page, "picnic")).to_have_attribute("aria-checked", "mixed")
    expect(chip(page, name)).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    search(page, "picnic")
    assert count(page) == 2


def test_all_of_a_result_are_tagged_at_once(page):
    search(page, "dog")
    dogs = count(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    page.get_by_role("button", name=f"All {dogs}").click()
    page.locator(".tag-editor input").fill("pet")
    page.locator(".tag-editor input").press("Enter")
    expect(page.locator(".toast").last).to_contain_text(f"{dogs} pictures changed")
    page.keyboard.press("Escape")
    search(page, "pet")
    assert count(page) == dogs


def test_stars_favourites_ratings_and_notes(page):
    search(page, "cat")
    page.keyboard.press("i")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("4")
    expect(tiles(page).first.locator(".tile-stars")).to_have_text("★★★★")
    expect(page.locator(".labels-star.is-given")).to_have_count(4)
    page.keyboard.press(".")
    expect(page.locator(".labels-favourite")).to_have_attribute("aria-pressed", "true")
    page.locator(".labels-ratings button", has_text="Sensitive").click()
    expect(page.locator(".labels-ratings button", has_text="Sensitive")).to_have_attribute("aria-pressed", "true")
    page.locator(".labels-note").fill("By the lake")
    page.locator(".labels-note").press("Control+Enter")
    expect(page.locator(".toast").last).to_contain_text("Kept the note")
    keep(page, "inspector-labels")
    search(page, "stars:4 is:favourite rating:sensitive")
    assert count(page) == 1
    page.keyboard.press("ArrowRight")
    expect(page.locator(".labels-note")).to_have_value("By the lake")
    # The tags lead to all that have them.
    tag = page.locator(".label-tag").first
    name = tag.locator(".tag-name").text_content()
    tag.click()
    until(page, f"albumen.store.state.result?.query.text === {json.dumps(name)}")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("0")
    expect(page.locator(".toast").last).to_contain_text("Took the stars off")
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("Undone")


def row(page: Page, name: str):
    return page.locator(".tag-row:not([hidden])", has=page.locator(".tag-name").get_by_text(name, exact=True))


def test_two_tags_are_merged_and_taken_apart_again(page):
    search(page, "cat")
    cats = count(page)
    search(page, "cat or dog")
    both = count(page)
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(row(page, "dog")).to_be_visible()
    assert "view=tags" in page.url
    row(page, "dog").click()
    expect(page.locator(".tag-detail h3")).to_have_text("dog")
    keep(page, "tags")
    page.keyboard.press("m")
    page.locator("dialog.question input").fill("cat")
    expect(page.locator("#tag-question-choices [role=option]").first).to_contain_text("cat")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("Merged dog into cat")
    expect(row(page, "dog")).to_have_count(0)
    expect(row(page, "cat").locator(".tag-row-count")).to_have_text(str(both))
    expect(row(page, "cat")).to_contain_text("also dog")
    search(page, "dog")
    assert count(page) == both
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("Undone")
    search(page, "cat")
    assert count(page) == cats
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(row(page, "dog")).to_be_visible()


def test_a_tag_is_renamed_recategorised_aliased_implied_and_deleted(page):
    page.keyboard.press("g")
    page.keyboard.press("t")
    row(page, "hokusai").click()
    page.locator(".tag-detail select").select_option("artist")
    expect(row(page, "hokusai").locator(".tag-row-category")).to_have_text("artist")
    page.locator("#tag-list").focus()
    page.keyboard.press("F2")
    page.locator("dialog.question input").fill("katsushika_hokusai")
    page.keyboard.press("Enter")
    expect(row(page, "katsushika_hokusai")).to_be_visible()
    page.get_by_role("button", name="Add a name").click()
    page.locator("dialog.question input").fill("hokusai")
    page.keyboard.press("Enter")
    expect(row(page, "katsushika_hokusai")).to_contain_text("also hokusai")
    row(page, "sunset").click()
    page.get_by_role("button", name="Add an implication").click()
    page.locator("dialog.question input").fill("blue")
    expect(page.locator("#tag-question-choices [role=option]").first).to_contain_text("blue_sky")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("dialog.question input")).to_have_value("blue_sky")
    page.keyboard.press("Enter")
    expect(page.locator(".toast").last).to_contain_text("this would change")
    page.get_by_role("button", name="Do it").click()
    expect(row(page, "sunset")).to_contain_text("implies blue_sky")
    page.locator("#tag-list").focus()
    page.keyboard.press("Delete")
    expect(row(page, "sunset")).to_have_count(0)
    page.locator(".toast").last.get_by_role("button", name="Undo").click()
    expect(row(page, "sunset")).to_contain_text("implies blue_sky")
    # Filtered and sorted.
    page.keyboard.press("/")
    page.keyboard.type("sky")
    expect(page.locator(".tag-row:not([hidden])")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    until(page, "albumen.store.state.result?.query.text === 'blue_sky'")


def test_a_category_is_made_and_taken_back_in_its_dialog(page):
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.get_by_role("button", name="Categories").click()
    page.get_by_label("New category").fill("Places")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of Places")).to_be_visible()
    # The words and their button lie over the dialog, and can be clicked while it is open.
    said = page.locator("dialog .toast").last
    expect(said).to_contain_text("Made the category Places")
    keep(page, "categories")
    said.get_by_role("button", name="Undo").click()
    expect(page.locator(".toast").last).to_contain_text("Undone")
    expect(page.get_by_label("Name of Places")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(page.locator("body > #toasts")).to_have_count(1)


def test_searches_and_albums_are_kept(page):
    search(page, "cat -dog")
    found = count(page)
    page.get_by_role("button", name="Keep this search").click()
    page.get_by_role("menuitem", name="Keep this search…").click()
    page.locator("dialog.question input").fill("Only cats")
    page.keyboard.press("Enter")
    expect(page.locator("#shelves .rail-item", has_text="Only cats")).to_be_visible()
    page.get_by_role("button", name="Keep this search").click()
    page.get_by_role("menuitem", name="Make a smart album…").click()
    page.locator("dialog.question input").fill("Cats alone")
    page.keyboard.press("Enter")
    expect(page.locator("#albums .rail-item", has_text="Cats alone")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_role("button", name="New album").click()
    page.locator("dialog.question input").fill("Best of all")
    page.keyboard.press("Enter")
    album = page.locator("#albums .rail-item", has_text="Best of all")
    expect(album.locator(".rail-count")).to_have_text("2")
    album.click()
    until(page, "albumen.store.state.result?.count === 2 && albumen.store.state.result.query.text.startsWith('album:')")
    keep(page, "albums")
    page.locator("#shelves .rail-item", has_text="Only cats").click()
    until(page, f"albumen.store.state.result?.count === {found}")
    # What was searched for is offered in an empty field.
    page.keyboard.press("/")
    field(page).fill("")
    page.keyboard.press("ArrowUp")
    expect(choices(page).filter(has_text="cat -dog").first).to_be_visible()


def test_an_album_has_an_order_of_its_own(page, server):
    def shown():
        result = value(page, "albumen.store.state.result.token")
        return server.get(f"/api/v1/results/{result}/ids?from=0&to=2")["ids"]

    def menu(item: str):
        page.get_by_role("button", name="More about Story").click()
        page.get_by_role("menuitem", name=item).click()

    def show():
        search(page, "cat")
        menu("Show in its own order")
        until(page, "albumen.store.state.result?.query.text === 'album:Story order:album'")
        return shown()

    search(page, "cat")
    select(page, 0, 1, 2)
    page.get_by_role("button", name="New album").click()
    page.locator("dialog.question input").fill("Story")
    page.keyboard.press("Enter")
    expect(page.locator("#albums .rail-item", has_text="Story").locator(".rail-count")).to_have_text("3")
    first, second, third = show()
    select(page, 2)
    menu("Put the selection first")
    expect(page.locator(".toast").last).to_contain_text("Put 1 picture of Story first")
    assert show() == [third, first, second]
    search(page, "album:Story order:album_desc")
    assert shown() == [second, first, third]
    menu("Keep the order shown")
    expect(page.locator(".toast").last).to_contain_text("has the order shown")
    keep(page, "album-order")
    assert show() == [second, first, third]
    page.keyboard.press("z")
    expect(page.locator(".toast").last).to_contain_text("Undone")
    assert show() == [third, first, second]


def test_the_room_of_tags_holds_120000_with_a_constant_number_of_elements(page):
    total = 120_000

    def answer(route: Route):
        at = int(re.search(r"position=(\d+)", route.request.url)[1])
        listed = [
            {"id": at + place + 1, "name": f"tag_{at + place:06}", "category": "general", "count": total - at - place,
             "aliases": [], "implies": []}
            for place in range(max(0, min(100, total - at)))]
        route.fulfill(json={"total": total, "tags": listed})

    def answer_one(route: Route):
        at = int(route.request.url.rsplit("/", 1)[1]) - 1
        route.fulfill(json={
            "id": at + 1, "name": f"tag_{at:06}", "category": "general", "count": total - at, "aliases": [],
            "implies": [], "related": []})

    page.route("**/api/v1/tags?*", answer)
    page.route(re.compile(r"/api/v1/tags/\d+$"), answer_one)
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(row(page, "tag_000000")).to_be_visible()
    elements = "document.getElementById('room-tags').getElementsByTagName('*').length"
    page.keyboard.press("ArrowDown")
    before = value(page, elements)
    counts = []
    for key in ("PageDown", "PageDown", "End", "PageUp", "Home", "End"):
        page.keyboard.press(key)
        page.wait_for_timeout(150)
        counts.append(value(page, elements))
    expect(row(page, "tag_119999")).to_be_visible()
    for share in (0.1, 0.35, 0.6, 0.9):
        page.evaluate("(share) => { const list = document.getElementById('tag-list'); list.scrollTop = share * list.scrollHeight; }", share)
        until(page, "[...document.querySelectorAll('.tag-row:not([hidden]) .tag-name')].every((name) => name.textContent)")
        counts.append(value(page, elements))
    assert before < 700
    assert max(counts) - before < 60, (before, counts)


def test_no_more_questions_than_rests_between_keys(page):
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/search/complete" in request.url else None)
    page.keyboard.press("/")
    page.keyboard.type("blue_sky", delay=5)
    expect(choices(page).first).to_contain_text("blue_sky")
    assert 1 <= len(asked) <= 3, asked


def test_the_first_pictures_wait_for_nothing_of_search_or_tags(open_page, server):
    page = opened(open_page, server)
    names = value(page, """performance.getEntriesByType('resource')
      .filter(({ startTime }) => startTime < performance.getEntriesByType('resource').find(({ name }) => name.includes('/thumb/')).startTime)
      .map(({ name }) => new URL(name).pathname)""")
    assert not any(re.search(r"/(search|tags|shell/tagging)|tag-categories|albums", name) for name in names), names


def test_search_and_tags_are_named_seen_and_fit_narrow_screens(open_page, server):
    for scheme in ("dark", "light"):
        page = opened(open_page, server, "/?q=cat+-dog", color_scheme=scheme)
        page.keyboard.press("f")
        page.keyboard.press("i")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(".facet-row")
        page.wait_for_selector(".label-tag")
        page.keyboard.press("t")
        page.wait_for_selector(".tag-editor .tag-chip")
        settle_pictures(page)
        keep(page, f"tags-everywhere-{scheme}")
        check_look(page, scheme)
        page.keyboard.press("Escape")
        page.keyboard.press("g")
        page.keyboard.press("t")
        row(page, "cat").click()
        page.wait_for_selector(".tag-detail .facet-row")
        keep(page, f"tags-{scheme}")
        check_look(page, scheme)
    page = opened(open_page, server, "/?q=cat", width=390, height=844, has_touch=True, is_mobile=True, device_scale_factor=2)
    page.get_by_role("button", name="Search", exact=True).tap()
    page.keyboard.type("do")
    expect(choices(page).first).to_be_visible()
    keep(page, "narrow-search")
    page.get_by_role("button", name="Refine", exact=True).tap()
    expect(page.locator("#facets")).to_be_visible()
    page.wait_for_selector(".facet-row")
    keep(page, "narrow-facets")
    page.locator("#scrim").tap(position={"x": 370, "y": 600})
    expect(page.locator("#facets")).to_be_hidden()
    assert value(page, "document.documentElement.scrollWidth") <= 390


def check_look(page: Page, scheme: str):
    assert value(page, """[...document.querySelectorAll('button, a, input, textarea, select, [role=slider]')]
      .filter((one) => one.offsetParent && !(one.getAttribute('aria-label') || one.textContent.trim()))
      .map((one) => one.outerHTML)""") == []
    weak = page.evaluate(CONTRAST.replace("'#app *'", "'#app *, .tag-editor *'"))
    assert weak == [], f"{scheme}: {json.dumps(weak, indent=1)}"
