"""The pages as their readers see them: a real server and a real browser that can reach nothing but that server.

Used by the browser tests and by the script that makes the screenshots.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, Request, Response, Route

from operations.sample_city.accounts import DEMO_PASSWORD

PROJECT = Path(__file__).resolve().parents[2]
NAMES_OF_CHROMIUM = ("/usr/bin/chromium", "chromium", "chromium-browser")
# On a page below the root Streamlit first looks for its own end points beside the page: a miss is part of its search.
SEARCHED_FOR = ("/_stcore/health", "/_stcore/host-config")
START_SECONDS = 60
# Software WebGL on a busy machine needs its time.
SETTLE_MILLISECONDS = 90_000

ALL_DONE = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const running = !app || app.getAttribute('data-test-script-state') !== 'notRunning';
    return !running && !document.querySelector('[data-testid=stSkeleton]') && !!document.querySelector('h1');
}"""
MAP_DRAWN = """() => {
    const plot = document.querySelector('.st-key-welfare_map .js-plotly-plot');
    const map = plot && plot._fullLayout && plot._fullLayout.map && plot._fullLayout.map._subplot;
    return !!(map && map.map && map.map.loaded() && !map.map.isMoving());
}"""


@contextmanager
def serving(home: Path, log: Path, **settings: str) -> Iterator[str]:
    """Run the pages on what lies below `home`; yield their address. The server ends with the block.

    `{address}` in a setting is filled in.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    environment |= {f"HUB_{name.upper()}": value.format(address=address) for name, value in settings.items()}
    command = [sys.executable, "-m", "streamlit", "run", "dashboards/server.py"]
    command += ["--server.port", str(port), "--server.address", "127.0.0.1"]
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment | {"HUB_HOME": str(home)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"The pages' server ended: {log.read_text()}")
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"The pages' server did not answer in {START_SECONDS} s: {log.read_text()}")


class ChromiumMissing(Exception):
    """No browser can be started here; the message says what to install."""


def chromium_program() -> Path:
    """The Chromium to start: that of the system, or else the one on PATH. Raises `ChromiumMissing`."""
    for name in NAMES_OF_CHROMIUM:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise ChromiumMissing(
        "there is no Chromium here: run .ci/ensure-chromium, or install the package chromium"
    )


def launch(playwright: Playwright) -> Browser:
    """Start Chromium with software WebGL and every name but 127.0.0.1 unknown. Raises `ChromiumMissing`."""
    return playwright.chromium.launch(
        executable_path=str(chromium_program()),
        args=[
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
            "--ignore-gpu-blocklist",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        ],
    )


class Watched:
    """A browser page that remembers everything that should not have happened on it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.problems: list[str] = []
        page.route("**/*", self._only_here)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("console", self._heard)
        page.on("response", self._answered)
        page.on("request", self._asked)

    def open(self, path: str) -> None:
        """Open a path of the pages and wait until all of it is there."""
        self.page.goto(self.address + path)
        self.settle()

    def sign_in(self, sign_in_name: str, password: str = DEMO_PASSWORD, path: str = "/") -> None:
        """Sign in through the form, to a page of the pages, and wait until all of it is there."""
        self.page.goto(self.address + path)
        self.type_password(sign_in_name, password)
        self.settle()

    def type_password(self, sign_in_name: str, password: str = DEMO_PASSWORD) -> None:
        """Fill the form of the sign-in page in, and send it."""
        self.page.fill("#name", sign_in_name)
        self.page.fill("#password", password)
        self.page.click("button[type=submit]")

    def settle(self) -> None:
        """Wait until the page has stopped working."""
        self.page.wait_for_timeout(300)
        self.page.wait_for_function(ALL_DONE, timeout=SETTLE_MILLISECONDS)

    def wait_for_map(self) -> None:
        """Wait until the map is drawn and stands still."""
        self.page.wait_for_function(MAP_DRAWN, timeout=SETTLE_MILLISECONDS)

    def all_problems(self) -> list[str]:
        """Return what should not have happened, exception boxes on the page included."""
        boxes = self.page.locator("[data-testid=stException]").all_inner_texts()
        return self.problems + [f"exception box: {text}" for text in boxes]

    def _is_here(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("data", "blob") or parts.hostname == "127.0.0.1"

    def _only_here(self, route: Route) -> None:
        if self._is_here(route.request.url):
            route.continue_()
        else:
            route.abort()

    def _asked(self, request: Request) -> None:
        if not self._is_here(request.url):
            self.problems.append(f"outside request: {request.url}")

    def _answered(self, response: Response) -> None:
        path = urlsplit(response.url).path
        searched = path.endswith(SEARCHED_FOR) and path not in SEARCHED_FOR
        if response.status >= 400 and not searched:
            self.problems.append(f"{response.status} {response.url}")

    def _heard(self, message: ConsoleMessage) -> None:
        # A failed load is judged by its answer above, where its address is known.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console error: {message.text}")
