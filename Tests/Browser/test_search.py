"""Searching and refining as a person would, on a folder of made pictures."""

import json
import re

from conftest import keep, until
from playwright.sync_api import Page, expect
from tagged import choices, count, field, opened, page, row, search, select, server  # noqa: F401 (fixtures)
from test_page import CONTRAST, settle_pictures, value


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
