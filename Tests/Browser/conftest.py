"""What the browser tests share: a library, the real server on it, Chromium, and where pictures of the page go."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ALBUMEN = Path(os.environ.get("ALBUMEN_EXECUTABLE", ROOT / ".build/release/albumen"))
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SCREENSHOTS = ROOT / "screenshots"
sys.path.insert(0, str(ROOT / "Tests/Integration"))


def corpus_folder() -> Path | None:
    named = os.environ.get("ALBUMEN_CORPUS")
    places = [Path(named)] if named else [ROOT / up / "shared/corpus" for up in ("..", "../..", "../../..")]
    return next((place.resolve() for place in places if (place / "MANIFEST.tsv").is_file()), None)


class Server:
    """A running `albumen serve`."""

    def __init__(self, data: Path, *arguments: str, before=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.log: list[str] = []
        self.process = subprocess.Popen(
            [ALBUMEN, "serve", *map(os.fspath, arguments), "--port", str(self.port), "--web", ROOT / "Web"],
            env=dict(os.environ, XDG_DATA_HOME=str(data), LC_ALL="C.UTF-8"),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            preexec_fn=before)
        self.ready = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()
        if not self.ready.wait(30):
            self.process.kill()
        if self.process.poll() is not None or not any("serves" in line for line in self.log):
            raise AssertionError(f"the server did not start:\n{''.join(self.log)}")

    def _read(self):
        for line in self.process.stdout:
            self.log.append(line)
            if " serves " in line:
                self.ready.set()
        # Its end is an answer too.
        self.ready.set()

    def get(self, path: str) -> dict:
        with urllib.request.urlopen(self.base + path, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict) -> dict:
        request = urllib.request.Request(
            self.base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def wait(self, condition, seconds: float, what: str):
        """Waits for the condition to be true; looks again whenever the server tells of something new."""
        end = time.monotonic() + seconds
        # Subscribed before the first look, so that nothing is missed in between. What is said at least is
        # a heartbeat every fifteen seconds.
        with urllib.request.urlopen(self.base + "/api/v1/events", timeout=30) as events:
            while time.monotonic() < end:
                if found := condition():
                    return found
                while (line := events.readline()) and not line.startswith(b"data:"):
                    pass
                if not line:
                    raise AssertionError(f"the server ended:\n{''.join(self.log[-20:])}")
        raise AssertionError(f"waited {seconds} s for {what} in vain\n{''.join(self.log[-20:])}")

    def wait_scanned(self, assets: int, seconds: float = 120):
        def done():
            library = self.get("/api/v1/library")
            return library["scan"]["state"] == "idle" and library["counts"]["assets"] >= assets
        self.wait(done, seconds, f"{assets} assets")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="session")
def executable() -> Path:
    if not ALBUMEN.exists():
        pytest.fail(f"{ALBUMEN} is missing: swift build -c release --product albumen (and albumen-worker)")
    return ALBUMEN


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--enable-unsafe-swiftshader", "--js-flags=--expose-gc"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Opens the page of a server; an error in its console fails the test."""
    contexts = []
    errors: list[str] = []

    def open_page(base: str, path: str = "/", width: int = 1440, height: int = 900, **more) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        # A broken thumbnail's 422, a stopped server, and a picture that is no longer in a result are no faults
        # of the page; all else is.
        harmless = re.compile(
            r"status of (422|503|410)|net::ERR_(CONNECTION|INCOMPLETE_CHUNKED|EMPTY_RESPONSE)|status of 404.*/position\?")
        def heard(message):
            text = f"{message.text} {message.location.get('url', '')}"
            if message.type == "error" and not harmless.search(text):
                errors.append(text)
        page.on("console", heard)
        page.goto(base + path)
        # Keys and menus come after the first pictures.
        until(page, "Boolean(globalThis.albumen)")
        return page

    open_page.errors = errors
    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def keep(page: Page, name: str):
    """Keeps a picture of the page for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def until(page: Page, expression: str, seconds: float = 20):
    """Waits for an expression of the page to be true. The page's policy forbids `eval`, by which
    Playwright's own `wait_for_function` looks again, so this asks from outside."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if page.evaluate(f"() => {expression}"):
            return
        page.wait_for_timeout(60)
    raise AssertionError(f"waited {seconds} s in vain for: {expression}")
