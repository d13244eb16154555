"""Which pages there are, and which of them a viewer gets.

Belongs here: the navigation, decided in one function. Does not belong here: what a page shows.
"""

from dataclasses import dataclass

import streamlit as st

from dashboards.texts import text

# section → pages, each (file below dashboards/, icon); the first page of all is the one that opens
SECTIONS: dict[str, tuple[tuple[str, str], ...]] = {
    "city": (
        ("city/welfare_map", ":material/map:"),
        ("city/overview", ":material/monitoring:"),
        ("city/leaderboard", ":material/volunteer_activism:"),
        ("city/device_health", ":material/sensors:"),
    ),
    "analysis": (("analysis/monthly_activity", ":material/calendar_month:"),),
    "admin": (("admin/data_state", ":material/database:"),),
}
FIRST_PAGE = "city/welfare_map"


@dataclass(frozen=True)
class Viewer:
    """Who looks: without sign-in everybody is the same viewer, who may see every section."""

    name: str = ""
    sections: frozenset[str] = frozenset(SECTIONS)


def viewer() -> Viewer:
    """Return who looks at the pages. Sign-in takes its place here and nowhere else."""
    return Viewer()


def pages_for(who: Viewer, language: str) -> dict[str, list[st.Page]]:
    """Return the navigation that the viewer gets: section heading → its pages, titles in the language."""
    return {
        text(language, f"app.section.{section}"): [_page(file, icon, language) for file, icon in pages]
        for section, pages in SECTIONS.items()
        if section in who.sections
    }


def _page(file: str, icon: str, language: str) -> st.Page:
    name = file.rpartition("/")[2]
    return st.Page(
        f"{file}.py",
        title=text(language, f"page.{name}"),
        icon=icon,
        url_path=name,
        default=file == FIRST_PAGE,
        help=text(language, f"page.{name}.about"),
    )
