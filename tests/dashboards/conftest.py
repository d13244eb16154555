"""Fixtures of the pages' tests: a made-up lake, and the pages run on it without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.dashboards.made_up_lake import make_lake

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session")
def made_up_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HUB_HOME whose lake holds the made-up city."""
    home = tmp_path_factory.mktemp("made_up_home")
    make_lake(home)
    return home


@pytest.fixture
def open_page(made_up_home: Path, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open a page with parameters in its address: `open_page("city/overview", period="7d")`."""
    st.cache_data.clear()
    st.cache_resource.clear()

    def opened(page: str = "", *, home: Path = made_up_home, **parameters: str) -> AppTest:
        monkeypatch.setenv("HUB_HOME", str(home))
        app = AppTest.from_file(str(APP), default_timeout=60)
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        return app.switch_page(f"{page}.py").run() if page else app

    return opened
