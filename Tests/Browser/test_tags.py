"""Tagging and the room of tags as a person would use them, on a folder of made pictures."""

import json
import re

from conftest import keep, until
from playwright.sync_api import Page, Route, expect
from tagged import count, page, row, search, select, server  # noqa: F401 (fixtures)
from test_page import tiles, value


def chip(page: Page, name: str):
    return page.locator(f".tag-editor [data-tag='{name}']")


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
