"""Fixtures of the browser tests: one built city, one server, one Chromium; a fresh page for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, StorageState, sync_playwright

from hub.settings import Settings
from tests.browser.running_pages import ChromiumMissing, Watched, chromium_program, launch, serving
from tests.missing_programs import cannot_run


# Both end with the module: a browser that goes on drawing maps takes a core from all tests after it.
@pytest.fixture(scope="module")
def address(built_city: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the pages of the built city are served."""
    with serving(built_city.home, tmp_path_factory.mktemp("pages") / "server.log") as at:
        yield at


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium without any way out; where there is none, tests that ask for it are skipped, on CI they fail."""
    try:
        chromium_program()
    except ChromiumMissing as missing:
        cannot_run(f"BROWSER TESTS CANNOT RUN: {missing}")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in_as(chromium: Browser, address: str) -> Callable[[str], StorageState]:
    """The cookies of an account of the sample city that has signed in, by its sign-in name; once for all tests."""

    @cache
    def cookies(sign_in_name: str) -> StorageState:
        context = chromium.new_context(locale="zh-CN")
        Watched(context.new_page(), address).sign_in(sign_in_name)
        state = context.storage_state()
        context.close()
        return state

    return cookies


@pytest.fixture
def watched_as(
    chromium: Browser, address: str, signed_in_as: Callable[[str], StorageState]
) -> Iterator[Callable[[str], Watched]]:
    """Make a page of an account that is signed in. It fails its test if it asked anything of the outside, raised an
    error or showed an exception box.
    """
    opened: list[Watched] = []

    def page_of(sign_in_name: str) -> Watched:
        context = chromium.new_context(
            viewport={"width": 1440, "height": 1100},
            locale="zh-CN",
            accept_downloads=True,
            storage_state=signed_in_as(sign_in_name),
        )
        opened.append(Watched(context.new_page(), address))
        return opened[-1]

    yield page_of
    problems = [problem for one in opened for problem in one.all_problems()]
    for one in opened:
        one.page.context.close()
    assert problems == []


@pytest.fixture
def watched(watched_as: Callable[[str], Watched]) -> Watched:
    """A page of an official of the whole city."""
    return watched_as("official")
