"""Make the pictures of the pages that the README shows, from the running app.

python -m tests.browser.screenshots HUB_HOME      a home with a built lake; pictures go to docs/screenshots
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.running_pages import PROJECT, Watched, launch, serving

PICTURES = PROJECT / "docs" / "screenshots"
WIDTH = 1440
# name → path, height; the welfare map is also waited for
VIEWS = {
    "welfare_map": ("/?period=30d", 1180),
    "welfare_map_district": ("/?period=30d&measure=minutes&district=330106&layers=serving.sites", 1180),
    "welfare_map_plain": ("/?view=plain&period=30d", 1180),
    "welfare_map_english": ("/?lang=en&period=30d", 1180),
    "overview": ("/overview", 1240),
    "leaderboard": ("/leaderboard", 1000),
    "device_health": ("/device_health", 1180),
    "monthly_activity": ("/monthly_activity", 1320),
    "data_state": ("/data_state", 1000),
    "to_do": ("/to_do", 1000),
    "activities": ("/activities", 1000),
    "administrator_watch": ("/administrator_watch?period=all", 1180),
}
# Who looks, where it is not the city's administrator.
LOOKED_AT_BY = {"to_do": "district", "activities": "district"}


def take(home: Path) -> list[Path]:
    """Take every picture from the lake below `home`; return the files."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    files = []
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(home, Path(folder) / "server.log") as address,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        for name, (path, height) in VIEWS.items():
            context = browser.new_context(viewport={"width": WIDTH, "height": height}, locale="zh-CN")
            watched = Watched(context.new_page(), address)
            watched.sign_in(LOOKED_AT_BY.get(name, "city"), path=path)
            if path.startswith("/?") and "plain" not in path:
                watched.wait_for_map()
            watched.page.wait_for_timeout(5_000)  # names on the map come last
            files.append(PICTURES / f"{name}.png")
            watched.page.screenshot(path=files[-1])
            for problem in watched.all_problems():
                print(f"{name}: {problem}", file=sys.stderr)
            context.close()
        browser.close()
    return files


if __name__ == "__main__":
    for file in take(Path(sys.argv[1]).resolve()):
        print(file.relative_to(PROJECT))
