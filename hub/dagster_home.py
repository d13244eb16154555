"""Dagster's folder below the home: its configuration in place, and nothing in it that pretends to be running."""

from __future__ import annotations

from .settings import PROJECT, Settings


def prepare(settings: Settings) -> None:
    """Put the project's dagster.yaml into Dagster's folder, where Dagster looks for it."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    wanted = (PROJECT / "dagster.yaml").read_text()
    there = settings.dagster_home / "dagster.yaml"
    if not there.exists() or there.read_text() != wanted:
        there.write_text(wanted)
