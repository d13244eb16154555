"""Segments of the swipe log: written whole or not at all, never changed, sorted as they were written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from operations.devices.swipe_log import segments, tap, write_segment

ARRIVED = datetime(2026, 8, 1, 1, 2, 9, tzinfo=UTC)


def a_tap(**changes: Any) -> dict[str, Any]:
    made = tap(device_no="D00001", device_seq=123, card_no="3301", tapped_at=ARRIVED, received_at=ARRIVED)
    return {**made, **changes}


def test_a_tap_is_one_line_of_json_in_the_hour_of_its_arrival(tmp_path: Path) -> None:
    beijing = timezone(timedelta(hours=8))
    path = write_segment(tmp_path, [a_tap(tapped_at=datetime(2026, 8, 1, 9, 2, 3, tzinfo=beijing))], ARRIVED)
    assert path.parent == tmp_path / "v1" / "arrived=2026-08-01" / "hour=01"
    assert path.read_text(encoding="utf-8") == (
        '{"v":1,"device_no":"D00001","device_seq":123,"card_no":"3301","tapped_at":"2026-08-01T01:02:03Z",'
        '"received_at":"2026-08-01T01:02:09Z","direction":null}\n'
    )


def test_a_line_as_received_is_kept_however_broken(tmp_path: Path) -> None:
    path = write_segment(tmp_path, ['{"v":1,"device_no":"D0', "", "刷卡\ud800"], ARRIVED)
    assert path.read_bytes() == '{"v":1,"device_no":"D0\n\n刷卡\\ud800\n'.encode()


def test_segments_are_listed_in_the_order_of_writing(tmp_path: Path) -> None:
    written = [write_segment(tmp_path, [a_tap(device_seq=n)], ARRIVED) for n in range(20)]
    later = write_segment(tmp_path, [a_tap()], ARRIVED + timedelta(hours=23))
    earlier = write_segment(tmp_path, [a_tap()], ARRIVED - timedelta(days=40))
    assert segments(tmp_path) == [earlier, *written, later]


def test_there_are_no_segments_where_nothing_was_written(tmp_path: Path) -> None:
    assert segments(tmp_path / "nowhere") == []


def test_a_segment_that_fails_half_way_is_never_seen(tmp_path: Path) -> None:
    def breaking() -> Iterator[dict[str, Any]]:
        yield a_tap()
        raise RuntimeError("the reader was unplugged")

    with pytest.raises(RuntimeError):
        write_segment(tmp_path, breaking(), ARRIVED)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_segment_that_is_being_written_is_not_listed(tmp_path: Path) -> None:
    def looking() -> Iterator[dict[str, Any]]:
        yield a_tap()
        assert segments(tmp_path) == []

    path = write_segment(tmp_path, looking(), ARRIVED)
    assert segments(tmp_path) == [path]


def test_what_a_killed_writer_left_is_written_anew_and_not_listed(tmp_path: Path) -> None:
    finished = write_segment(tmp_path, [a_tap()], ARRIVED, "a")
    (finished.parent / ".b.jsonl.tmp").write_text('{"v":1,"dev')
    assert segments(tmp_path) == [finished]
    again = write_segment(tmp_path, [a_tap()], ARRIVED, "b")
    assert json.loads(again.read_text())["device_no"] == "D00001"


def test_a_segment_never_changes(tmp_path: Path) -> None:
    write_segment(tmp_path, [a_tap()], ARRIVED, "a")
    with pytest.raises(FileExistsError, match="never changes"):
        write_segment(tmp_path, [a_tap(device_seq=124)], ARRIVED, "a")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"device_no": ""}, "device_no is a text"),
        ({"card_no": 3301}, "card_no is a text"),
        ({"device_seq": 2**63}, "device_seq is a whole number"),
        ({"device_seq": True}, "device_seq is a whole number"),
        ({"direction": "IN"}, "direction is 'in', 'out' or nothing"),
        ({"tapped_at": "2026-08-01 09:02:03"}, "tapped_at is a moment such as"),
        ({"received_at": None}, "received_at is a moment such as"),
        ({"v": 2}, "version 1"),
        ({"temperature": 21}, "unknown: \\['temperature'\\]"),
    ],
)
def test_a_tap_that_breaks_the_contract_is_the_writers_error(
    tmp_path: Path, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        write_segment(tmp_path, [a_tap(**changes)], ARRIVED)
    assert segments(tmp_path) == []


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "../up", "a.jsonl"])
def test_a_name_that_readers_would_not_see_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a segment"):
        write_segment(tmp_path, [a_tap()], ARRIVED, name)
