"""Fixtures of the pages' tests: a made-up lake, somebody signed in, and the pages run on it without a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards.signed_in import TOKEN
from operations.access import Role
from operations.database import open_database
from tests.dashboards.made_up_lake import make_lake
from tests.dashboards.sign_ins import sign_in_as

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="session")
def made_up_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HUB_HOME whose lake holds the made-up city."""
    home = tmp_path_factory.mktemp("made_up_home")
    make_lake(home)
    return home


@pytest.fixture
def open_page(made_up_home: Path, _migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """Open a page with parameters in its address, signed in: `open_page("city/overview", period="7d")`.

    `role` is the one that the account holds; None opens it without anybody signed in.
    """
    st.cache_data.clear()
    st.cache_resource.clear()

    def opened(
        page: str = "",
        *,
        home: Path = made_up_home,
        role: Role | None = Role.CITY_ADMINISTRATOR,
        **parameters: str,
    ) -> AppTest:
        monkeypatch.setenv("HUB_HOME", str(home))
        database = home / "operations.sqlite"
        if not database.exists():
            shutil.copy(_migrated_sqlite, database)
        app = AppTest.from_file(str(APP), default_timeout=60)
        if role is not None:
            engine = open_database(f"sqlite:///{database}")
            app.session_state[TOKEN] = sign_in_as(engine, role)
            engine.dispose()
        for name, value in parameters.items():
            app.query_params[name] = value
        app.run()
        return app.switch_page(f"{page}.py").run() if page else app

    return opened
