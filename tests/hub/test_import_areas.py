"""`hub import-areas` as the first command of a city of one's own."""

from __future__ import annotations

from pathlib import Path

from tests.hub.conftest import Hub
from tests.hub.program import PROJECT

HEADINGS = "area_code,kind,name,parent_code\n"


def test_a_city_of_ones_own_begins_with_its_areas_and_can_be_built(hub: Hub, home: Path) -> None:
    taken = hub("import-areas", str(PROJECT / "docs" / "areas-of-hangzhou.csv"))
    assert (taken.returncode, taken.stderr) == (0, "")
    assert "3,515 areas taken in" in taken.stdout
    built = hub("build")
    assert (built.returncode, built.stderr) == (0, "")
    assert "Operational database" in hub("doctor").stdout


def test_faults_are_named_with_their_rows_and_nothing_is_taken_in(hub: Hub, tmp_path: Path) -> None:
    file = tmp_path / "areas.csv"
    file.write_text(
        HEADINGS + "330106,district,西湖区,\n330106001,township,北山街道,330107\n", encoding="utf-8"
    )
    answer = hub("import-areas", str(file))
    assert answer.returncode == 1
    assert "row 3, parent_code: a township lies in a district" in answer.stderr
    assert "nothing was taken in" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_file_that_is_not_there_is_said(hub: Hub, home: Path, tmp_path: Path) -> None:
    answer = hub("import-areas", str(tmp_path / "none.csv"))
    assert answer.returncode == 1
    assert "none.csv cannot be read" in answer.stderr
    assert not home.exists()
