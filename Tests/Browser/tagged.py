"""A folder of made pictures with tags, served, and how a person searches in it."""

import json

import pytest
from conftest import Server, until
from pictures import make_pictures
from playwright.sync_api import Page
from test_page import tiles, value

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


def select(page: Page, *positions: int):
    tiles(page).nth(positions[0]).click()
    for position in positions[1:]:
        tiles(page).nth(position).click(modifiers=["Control"])


def row(page: Page, name: str):
    """A tag in the room of tags."""
    return page.locator(".tag-row:not([hidden])", has=page.locator(".tag-name").get_by_text(name, exact=True))
