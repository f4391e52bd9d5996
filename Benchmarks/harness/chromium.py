"""Chromium over its debugging pipe: no more of it than it takes to open a page and to read from it.

A driver for tests follows every request and every frame of a page through the browser, which the page
pays for; here only what is asked for is sent.
"""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

from measuring import Failed, Skipped, tree

EXECUTABLE = os.environ.get("CHROMIUM", "/usr/bin/chromium")


class Chromium:
    """One browser for the whole of a `with` block."""

    def __init__(self, width, height):
        self.size = width, height
        self.number, self.unread = 0, b""

    def __enter__(self):
        if not os.access(EXECUTABLE, os.X_OK):
            raise Skipped(f"{EXECUTABLE} is not installed (Debian package chromium)")
        self.profile = tempfile.mkdtemp(prefix="albumen-chromium-")
        commands, self.commands = os.pipe()
        self.answers, answers = os.pipe()
        # The pipe's ends are the browser's descriptors 3 and 4, by the rule of --remote-debugging-pipe;
        # the shell sees to it, because the numbers may be taken here.
        self.process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{commands} 4>&{answers}', "sh", EXECUTABLE, "--headless",
             "--remote-debugging-pipe", "--no-sandbox", "--no-first-run", "--disable-background-networking",
             f"--window-size={self.size[0]},{self.size[1]}", f"--user-data-dir={self.profile}",
             "about:blank"],
            pass_fds=(commands, answers), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(commands)
        os.close(answers)
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except Failed:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, seconds=30, **parameters):
        """One command and its answer; events in between are dropped."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        end = time.time() + seconds
        while True:
            answer = self.read(end, method)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Failed(f"Chromium's {method}: {answer['error']['message']}")
                return answer["result"]

    def read(self, end, method):
        while b"\0" not in self.unread:
            ready, _, _ = select.select([self.answers], [], [], max(0, end - time.time()))
            part = os.read(self.answers, 1 << 16) if ready else b""
            if not part:
                raise Failed(f"Chromium does not answer {method}")
            self.unread += part
        message, _, self.unread = self.unread.partition(b"\0")
        return json.loads(message)

    def page(self, script):
        """A page of a context of its own, so that nothing is cached; `script` runs before its scripts."""
        return Page(self, script)


class Page:
    def __init__(self, browser, script):
        self.browser = browser
        self.context = browser.call("Target.createBrowserContext")["browserContextId"]
        width, height = browser.size
        target = browser.call(
            "Target.createTarget", url="about:blank", browserContextId=self.context, width=width,
            height=height)["targetId"]
        self.session = browser.call(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Page.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=script)

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def settle(self, seconds=20):
        """Waits until no process of Chromium has had anything to do for a moment: after it opens a window
        it loads pages of its own for a second, which a browser that is in use has long done."""
        end = time.time() + seconds
        before, quiet = 0, 0
        while quiet < 4 and time.time() < end:
            time.sleep(0.1)
            now = sum(ticks(process) for process in tree(self.browser.process.pid))
            quiet, before = (quiet + 1 if now - before <= 1 else 0), now

    def go(self, address):
        failure = self.call("Page.navigate", url=address).get("errorText")
        if failure:
            raise Failed(f"{address}: {failure}")

    def value(self, expression):
        """What an expression is in the page, as JSON."""
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get(
            "value")

    def close(self):
        self.browser.call("Target.disposeBrowserContext", browserContextId=self.context)


def ticks(process):
    """Processor time of a process so far; 0 when it has ended."""
    try:
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])
    except OSError:
        return 0
