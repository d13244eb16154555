"""Importing what a ZKTeco reader writes to a USB stick."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from operations.devices.attlog import AttlogSummary, AttlogUnreadable, import_attlog
from operations.devices.swipe_log import segments

NOON = datetime(2026, 8, 2, 4, 0, tzinfo=UTC)


def read_in(tmp_path: Path, content: bytes, **options: Any) -> tuple[AttlogSummary, list[dict[str, Any]]]:
    file = tmp_path / "1_attlog.dat"
    file.write_bytes(content)
    arguments = {"device_no": "D00001", "received_at": NOON, "landed_at": NOON, **options}
    summary = import_attlog(file, tmp_path / "logs", **arguments)
    newest = segments(tmp_path / "logs")[-1].read_text(encoding="utf-8") if summary.segment else ""
    return summary, [json.loads(line) for line in newest.splitlines()]


def test_a_line_becomes_a_tap_of_a_card_of_this_reader_in_utc(tmp_path: Path) -> None:
    summary, lines = read_in(tmp_path, b"        7\t2026-08-01 09:02:03\t1\t0\t1\t0\n")
    assert len(lines) == 1
    assert lines[0].pop("device_seq") in range(2**63)
    assert lines[0] == {
        "v": 1,
        "device_no": "D00001",
        "card_no": "D00001-7",
        "tapped_at": "2026-08-01T01:02:03Z",
        "received_at": "2026-08-02T04:00:00Z",
        "direction": None,
    }
    assert (summary.tap_count, summary.user_count, summary.states) == (1, 1, {"0": 1})


def test_a_directed_reader_gives_directions_for_in_and_out_only(tmp_path: Path) -> None:
    content = b"".join(b"7\t2026-08-01 09:00:%02d\t1\t%d\t1\t0\n" % (n, n) for n in (0, 1, 4)) + (
        b"7\t2026-08-01 09:00:30\t1\t255\t1\t0\n"
    )
    _, lines = read_in(tmp_path, content, is_directed=True)
    assert [line["direction"] for line in lines] == ["in", "out", None, None]


def test_the_local_time_is_of_the_zone_that_was_given(tmp_path: Path) -> None:
    _, lines = read_in(tmp_path, b"7\t2026-08-01 09:00:00\t1\t0\n", timezone="Asia/Urumqi")
    assert lines[0]["tapped_at"] == "2026-08-01T03:00:00Z"


def test_a_grown_export_sends_the_old_lines_again_under_their_old_numbers(tmp_path: Path) -> None:
    first = b"        7\t2026-08-01 09:00:00\t1\t0\t1\t0\r\n"
    _, before = read_in(tmp_path, first)
    _, after = read_in(tmp_path, first + b"        7\t2026-08-01 11:00:00\t1\t1\t1\t0\r\n")
    assert after[0]["device_seq"] == before[0]["device_seq"]
    assert after[1]["device_seq"] != before[0]["device_seq"]
    assert len(segments(tmp_path / "logs")) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf7\t2026-08-01 09:00:00\t1\t0\n",
        "7\t2026-08-01 09:00:00\t1\t0\n".encode("utf-16"),
        b"7\t2026-08-01 09:00:00\t1\t0\r\n\r\n \x1a",
        b"7\t2026-08-01 09:00:00\t1\t0\r7\t",
        b"   7  \t2026-8-1 9:00:00\t1\t0\t1\t0\t0\t0\t0\t0\n",
    ],
    ids=[
        "UTF-8 mark",
        "UTF-16",
        "blank last line",
        "cut in the last line",
        "ten columns, no padding of the date",
    ],
)
def test_the_forms_that_readers_write_all_give_the_same_tap(tmp_path: Path, content: bytes) -> None:
    _, plain = (
        read_in(tmp_path / "plain", b"7\t2026-08-01 09:00:00\t1\t0\t1\t0\n")
        if _made(tmp_path)
        else (None, [])
    )
    summary, lines = read_in(tmp_path, content)
    assert summary.tap_count == 1
    assert lines[0] == plain[0]


def _made(tmp_path: Path) -> bool:
    (tmp_path / "plain").mkdir()
    return True


def test_a_line_without_the_last_columns_is_a_tap(tmp_path: Path) -> None:
    summary, lines = read_in(tmp_path, b"7\t2026-08-01 09:00:00\n")
    assert (summary.tap_count, summary.malformed, len(lines)) == (1, (), 1)


def test_a_line_that_cannot_be_read_is_named_and_kept_with_its_reader(tmp_path: Path) -> None:
    content = "7\t2026-08-01 09:00:00\t1\t0\n张三\t昨天\t1\t0\n\t2026-08-01 09:00:00\t1\t0\n".encode("gbk")
    summary, lines = read_in(tmp_path, content)
    assert [(bad.line_no, bad.text) for bad in summary.malformed] == [
        (2, "张三\t昨天\t1\t0"),
        (3, "\t2026-08-01 09:00:00\t1\t0"),
    ]
    assert "昨天" in summary.malformed[0].reason
    assert lines[1] == {
        "v": 1,
        "device_no": "D00001",
        "received_at": "2026-08-02T04:00:00Z",
        "unreadable": "张三\t昨天\t1\t0",
    }


def test_what_looks_odd_is_counted(tmp_path: Path) -> None:
    content = (
        b"7\t2026-08-01 09:00:00\t1\t0\n"
        b"7\t2026-08-01 09:00:00\t1\t0\n"
        b"8\t2027-01-01 00:00:00\t1\t255\n"
        b"9\t2000-01-01 00:00:12\t1\t255\n"
    )
    summary, lines = read_in(tmp_path, content)
    assert (summary.repeated, summary.set_back, summary.after_arrival) == (1, 1, 1)
    assert summary.states == {"0": 2, "255": 2}
    assert lines[0]["device_seq"] == lines[1]["device_seq"]


def test_a_file_of_something_else_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(
        AttlogUnreadable, match=r"1_attlog\.dat holds no line .* give the file that the reader writes"
    ):
        read_in(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old spreadsheet\n")
    assert segments(tmp_path / "logs") == []


def test_an_empty_file_writes_nothing(tmp_path: Path) -> None:
    summary, _ = read_in(tmp_path, b"")
    assert (summary.segment, summary.line_count) == (None, 0)
    assert segments(tmp_path / "logs") == []


def test_what_cannot_be_used_is_refused_with_what_to_give(tmp_path: Path) -> None:
    line = b"7\t2026-08-01 09:00:00\t1\t0\n"
    with pytest.raises(ValueError, match="give one such as Asia/Shanghai"):
        read_in(tmp_path, line, timezone="Asia/Hangzhou")
    with pytest.raises(ValueError, match="such as D00001"):
        read_in(tmp_path, line, device_no=" ")
    with pytest.raises(ValueError, match="time zone"):
        read_in(tmp_path, line, received_at=datetime(2026, 8, 2))  # noqa: DTZ001
    with pytest.raises(AttlogUnreadable, match="cannot be read"):
        import_attlog(tmp_path / "away.dat", tmp_path, device_no="D1", received_at=NOON, landed_at=NOON)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(alphabet="7\t -:0129x张\r\x1a", max_size=30), max_size=6))
def test_no_line_is_lost_whatever_it_holds(tmp_path: Path, rows: list[str]) -> None:
    content = "\n".join(["7\t2026-08-01 09:00:00\t1\t0", *rows])
    summary, lines = read_in(tmp_path, content.encode())
    assert summary.tap_count + len(summary.malformed) == summary.line_count == len(lines)
    assert [line["unreadable"] for line in lines if "unreadable" in line] == [
        bad.text for bad in summary.malformed
    ]


def test_an_export_taken_off_the_reader_long_ago_lies_with_what_is_new(tmp_path: Path) -> None:
    landed_at = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
    summary, lines = read_in(tmp_path, b"7\t2026-08-01 09:02:03\t1\t0\t1\t0\n", landed_at=landed_at)
    assert summary.segment is not None
    assert summary.segment.parent == tmp_path / "logs" / "v1" / "arrived=2026-11-03" / "hour=09"
    assert lines[0]["received_at"] == "2026-08-02T04:00:00Z"
