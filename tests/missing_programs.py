"""What a test does where a program that it needs is missing: by hand it is skipped, on CI it fails.

Here: that one rule. Never here: how a program is found (postgresql.py, browser/running_pages.py).
"""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def cannot_run(reason: str) -> NoReturn:
    """End the test with the reason: a green run on CI (CI=true) must mean that every test ran."""
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"{reason} (with CI=true nothing is skipped)", pytrace=False)
    pytest.skip(reason)
