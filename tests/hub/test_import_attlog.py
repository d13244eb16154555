"""`hub import-attlog`: a reader's USB export becomes a segment; what will not be accepted is said at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.devices.swipe_log import segments
from tests.hub.conftest import Hub


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """What a reader wrote: one person comes and goes."""
    file = tmp_path / "1_attlog.dat"
    file.write_text(
        "        7\t2026-08-01 09:00:00\t1\t0\t0\t0\r\n        7\t2026-08-01 11:30:00\t1\t1\t0\t0\r\n"
    )
    return file


def test_an_export_becomes_a_segment_that_arrived_when_it_was_taken_off_the_reader(
    hub: Hub, home: Path, export: Path
) -> None:
    answer = hub("import-attlog", str(export), "--device", "D00017", "--received-at", "2026-08-01T18:00")
    assert answer.returncode == 0, answer.stderr
    assert "2 taps of 1 users" in answer.stdout
    assert "stale" not in answer.stdout
    [segment] = segments(home / "swipe_logs")
    taps = [json.loads(line) for line in segment.read_text().splitlines()]
    assert [(tap["card_no"], tap["tapped_at"], tap["received_at"]) for tap in taps] == [
        ("D00017-7", "2026-08-01T01:00:00Z", "2026-08-01T10:00:00Z"),
        ("D00017-7", "2026-08-01T03:30:00Z", "2026-08-01T10:00:00Z"),
    ]


def test_taps_that_are_too_old_for_their_arrival_are_said_with_the_option_that_mends_it(
    hub: Hub, export: Path
) -> None:
    answer = hub("import-attlog", str(export), "--device", "D00017", "--received-at", "2026-10-01T18:00")
    assert answer.returncode == 0
    assert "rejected as stale" in answer.stdout
    assert "--received-at" in answer.stdout


def test_the_time_zone_of_the_reader_counts(hub: Hub, home: Path, export: Path) -> None:
    hub(
        "import-attlog",
        str(export),
        "--device",
        "D1",
        "--timezone",
        "UTC",
        "--received-at",
        "2026-08-01T18:00",
    )
    [segment] = segments(home / "swipe_logs")
    assert '"tapped_at":"2026-08-01T09:00:00Z"' in segment.read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--timezone", "Mars/Olympus"], "Mars/Olympus is not known"),
        (["--received-at", "yesterday"], "2026-08-01T18:00"),
        (["--received-at", "2999-01-01T00:00"], "lies in the future"),
    ],
)
def test_an_option_that_cannot_be_used_writes_nothing(
    hub: Hub, home: Path, export: Path, options: list[str], said: str
) -> None:
    answer = hub("import-attlog", str(export), "--device", "D00017", *options)
    assert answer.returncode == 1
    assert said in answer.stderr
    assert not home.exists()


@pytest.mark.parametrize("content", [b"name,time\nanna,yesterday\n", b"\x89PNG\x00\x00"])
def test_a_file_that_is_no_export_writes_nothing(
    hub: Hub, home: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "1_attlog.dat"
    file.write_bytes(content)
    answer = hub("import-attlog", str(file), "--device", "D00017")
    assert answer.returncode == 1
    assert "1_attlog.dat" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not home.exists()


def test_a_file_that_is_not_there_is_said(hub: Hub, tmp_path: Path) -> None:
    answer = hub("import-attlog", str(tmp_path / "nothing.dat"), "--device", "D00017")
    assert answer.returncode == 1
    assert "nothing.dat cannot be read" in answer.stderr
