"""`hub sessions`: plain files in, three Parquet files out, nothing else needed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

from hub.commands.sessions import sessions as command
from tests.warehouse.timekeeping.reference import World
from tests.warehouse.timekeeping.worlds import frame, intake_of, kept_of, worlds
from warehouse.timekeeping import laid_down, taps_file
from warehouse.timekeeping.folder import outputs, sessions_of_folder
from warehouse.timekeeping.plain_files import FileProblem

FILES = {
    "taps.csv": """device_no,device_seq,card_no,tapped_at,received_at,direction
D1,1,c1,2026-08-03T09:00:00+08:00,2026-08-03T09:00:02+08:00,
D1,1,c1,2026-08-03T09:00:00+08:00,2026-08-03T09:00:12+08:00,
D1,2,c1,2026-08-03T11:00:00+08:00,2026-08-03T03:00:02Z,
D1,3,c9,2026-08-03T11:00:00+08:00,2026-08-03 11:00:02+08:00,
""",
    "devices.csv": "device_no,site_id,lon,lat,is_directed\nD1,7,120.1,30.2,false\n",
    "cards.csv": "card_no,volunteer_id,bound_from,bound_to,reported_lost_at\nc1,42,2026-01-01T00:00:00+08:00,,\n",
}


@pytest.fixture
def city(tmp_path: Path) -> Path:
    city = tmp_path / "city"
    city.mkdir()
    for name, text in FILES.items():
        (city / name).write_text(text, encoding="utf-8")
    return city


def test_three_files_are_enough_and_three_come_out(city: Path, tmp_path: Path):
    out = tmp_path / "sessions.parquet"
    summary = sessions_of_folder(city, out)
    assert (summary.lines, summary.accepted, summary.resends, dict(summary.rejected)) == (
        4,
        2,
        1,
        {"unknown_card": 1},
    )
    rows = pl.read_parquet(out).select("session_id", "volunteer_id", "net_minutes", "verdict").rows()
    assert rows == [("42/site/7/CARD/D1:1", 42, 120, "counted")]
    rejected = pl.read_parquet(tmp_path / "sessions.rejected.parquet")
    assert rejected.columns == ["device_no", "device_seq", "card_no", "tapped_at", "received_at", "reason"]
    assert rejected["reason"].to_list() == ["unknown_card"]
    assert pl.read_parquet(tmp_path / "sessions.flags.parquet").is_empty()
    assert sorted(path.name for path in tmp_path.glob("*")) == [
        "city",
        "sessions.flags.parquet",
        "sessions.parquet",
        "sessions.rejected.parquet",
    ]


def test_shifts_check_ins_and_honour_records_take_part(city: Path, tmp_path: Path):
    (city / "shifts.csv").write_text(
        "shift_id,activity_id,category,starts_at,ends_at,min_attendance_ratio\n"
        "10,1,youth,2026-08-03T09:30:00+08:00,2026-08-03T12:00:00+08:00,0.57\n"
        "9,1,youth,2026-08-05T09:00:00+08:00,2026-08-05T12:00:00+08:00,\n"
    )
    (city / "shift_sites.csv").write_text("shift_id,site_id\n10,7\n")
    (city / "sign_ups.csv").write_text("shift_id,volunteer_id\n10,42\n")
    (city / "check_ins.csv").write_text(
        "event_id,volunteer_id,shift_id,occurred_at,direction\n"
        "1,42,9,2026-08-05T09:00:00+08:00,in\n2,42,9,2026-08-05T10:00:00+08:00,out\n"
        "3,42,77,2026-08-05T10:00:00+08:00,out\n"
    )
    (city / "honour_records.csv").write_text(
        "record_id,volunteer_id,shift_id,started_at,ended_at,minutes,is_approved,entered_by,entered_at,service_day\n"
        "1,42,,,,30,true,42,2026-08-06T10:00:00+08:00,2026-08-05\n"
    )
    summary = sessions_of_folder(city, tmp_path / "out.parquet")
    rows = (
        pl.read_parquet(tmp_path / "out.parquet")
        .select("channel", "shift_id", "net_minutes", "verdict")
        .rows()
    )
    assert rows == [
        ("CARD", 10, 90, "counted"),
        ("APP", 9, 60, "counted"),
        ("HONOUR", None, 30, "counted"),
    ]
    assert dict(summary.flags) == {"self_granted": 1}
    assert dict(summary.unplaced) == {"check_ins": 1}


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (
            "taps.csv",
            "D1,2,c1,2026-08-03T11:00:00+08:00",
            "D1,2,c1,2026-08-03T11:00:00",
            r"taps.csv, row 4, column tapped_at: '2026-08-03T11:00:00' is no time",
        ),
        ("taps.csv", "D1,3,", "D1,three,", r"taps.csv, row 5, column device_seq: 'three' is no whole number"),
        ("taps.csv", "+08:00,\nD1,3", "+08:00,sideways\nD1,3", "row 4, column direction: 'sideways'"),
        ("taps.csv", "D1,3,c9", "D1,3,", "row 5, column card_no: nothing is written"),
        ("taps.csv", "D1,3,c9,", "D1,3,", "taps.csv, row 5: Expected 6 columns, got 5"),
        (
            "devices.csv",
            "false",
            "perhaps",
            "devices.csv, row 2, column is_directed: 'perhaps' is no true or false",
        ),
        ("devices.csv", ",lat", ",latitude", "devices.csv: the column lat is missing"),
        (
            "devices.csv",
            "D1,7,120.1,30.2,false\n",
            "D1,7,,,false\nD1,8,,,false\n",
            "row 3, column device_no: 'D1' is there a",
        ),
    ],
)
def test_what_cannot_be_read_is_named_by_file_row_and_column(
    city: Path, tmp_path: Path, *, name: str, old: str, new: str, message: str
):
    text = (
        (city / name).read_text(encoding="utf-8").replace("2026-08-03T03:00:02Z", "2026-08-03T11:00:02+08:00")
    )
    assert old in text
    (city / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FileProblem, match=message):
        sessions_of_folder(city, tmp_path / "out.parquet")
    assert [path.name for path in tmp_path.glob("*")] == ["city"]


def test_a_missing_file_ends_with_code_2_and_no_output(
    city: Path, tmp_path: Path, capsys: pytest.CaptureFixture
):
    (city / "cards.csv").unlink()
    with pytest.raises(SystemExit) as end:
        command(in_dir=city, out=tmp_path / "out.parquet")
    assert end.value.code == 2
    assert "holds no cards.csv or cards.parquet" in capsys.readouterr().err.replace("\n", " ")
    assert not list(tmp_path.glob("out*"))


def test_the_readers_own_exports_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture):
    usb = tmp_path / "usb"
    usb.mkdir()
    (usb / "1_attlog.dat").write_text(
        "   42\t2026-08-03 09:00:00\t1\t0\t0\t0\r\n"
        "   42\t2026-08-03 11:30:00\t1\t1\t0\t0\r\n"
        "   43\t2026-08-03 12:00:00\t1\t0\t0\t0\r\n"
        "rubbish\r\n"
    )
    empty = tmp_path / "nothing"
    empty.mkdir()
    command(in_dir=empty, out=tmp_path / "out.parquet", attlog=usb)
    rows = (
        pl.read_parquet(tmp_path / "out.parquet")
        .select("volunteer_id", "site_id", "net_minutes", "verdict")
        .rows()
    )
    assert rows == [(42, 1, 150, "counted"), (43, 1, 0, "missing_out")]
    assert "Taps: 4 = 3 accepted + 0 resends + 1 rejected" in capsys.readouterr().out


def test_files_larger_than_a_part_give_the_same(city: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sessions_of_folder(city, tmp_path / "whole.parquet")
    monkeypatch.setattr(laid_down, "LINES_AT_ONCE", 1)
    monkeypatch.setattr(taps_file, "PART_ROWS", 2)
    monkeypatch.setattr(taps_file, "KEYS_AT_ONCE", 1)
    sessions_of_folder(city, tmp_path / "parts.parquet")
    for part in ("sessions", "rejected", "flags"):
        whole, parts = outputs(tmp_path / "whole.parquet")[part], outputs(tmp_path / "parts.parquet")[part]
        assert pl.read_parquet(whole).equals(pl.read_parquet(parts))


def test_blanks_around_numbers_in_parquet_hide_no_resend(city: Path, tmp_path: Path):
    taps = pl.read_csv(city / "taps.csv", infer_schema=False).with_columns(
        pl.col("device_seq").cast(pl.Int64),
        pl.col("tapped_at", "received_at").str.to_datetime(time_zone="UTC"),
    )
    again = taps.with_columns(
        device_no=" " + pl.col("device_no"),
        card_no=pl.col("card_no") + " ",
        received_at=pl.col("received_at").dt.offset_by("1h"),
    )
    (city / "taps.csv").unlink()
    taps.write_parquet(city / "taps.parquet")
    once = sessions_of_folder(city, tmp_path / "once.parquet")
    pl.concat([taps, again]).write_parquet(city / "taps.parquet")
    twice = sessions_of_folder(city, tmp_path / "twice.parquet")
    assert twice.resends == once.resends + taps.height
    assert pl.read_parquet(tmp_path / "once.parquet").equals(pl.read_parquet(tmp_path / "twice.parquet"))


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_a_folder_gives_what_the_engine_gives(world: World, tmp_path_factory: pytest.TempPathFactory):
    city = tmp_path_factory.mktemp("world")
    world.lines = [line for line in world.lines if line["malformed_text"] is None]
    for number, line in enumerate(world.lines):
        line |= {"segment": "", "line_no": 0, "received_at": line["received_at"].replace(microsecond=0)}
        assert number >= 0
    world.card_bindings = [b for b in world.card_bindings if b["card_no"].startswith("c")]
    # Plain files say where readers stand, not where they stood before.
    world.former_placements = []
    for line in world.check_ins:
        line["site_id"] = None
    for record in world.honour_records:
        record["approved_by"] = None
    lost = {card["card_no"]: card["reported_lost_at"] for card in world.cards}
    frame("lines", world.lines).drop("segment", "line_no", "malformed_text").write_parquet(
        city / "taps.parquet"
    )
    frame("devices", world.devices).join(frame("sites", world.sites), on="site_id").write_parquet(
        city / "devices.parquet"
    )
    bindings = frame("card_bindings", world.card_bindings)
    bindings.with_columns(
        reported_lost_at=pl.col("card_no").replace_strict(lost, return_dtype=pl.Datetime("us"))
    ).drop("binding_id").write_parquet(city / "cards.parquet")
    shifts = frame("shifts", world.shifts)
    shifts.with_columns(min_attendance_ratio=pl.col("min_attendance_permille") / 1000).write_parquet(
        city / "shifts.parquet"
    )
    for name in ("heartbeats", "shift_sites", "sign_ups", "check_ins", "honour_records"):
        frame(name, getattr(world, name)).write_parquet(city / f"{name}.parquet")
    sessions_of_folder(city, city / "out.parquet")
    kept = kept_of(_as_the_folder_has_it(world))
    found = pl.read_parquet(city / "out.parquet")
    assert found.rows() == kept.sessions.cast(dict(found.schema)).rows()
    assert pl.read_parquet(city / "out.flags.parquet").rows() == kept.flags.rows()
    assert pl.read_parquet(city / "out.rejected.parquet").height == intake_of(world).rejected.height


def _as_the_folder_has_it(world: World) -> World:
    """Plain files have no numbers of heartbeats and bindings to break ties with: the content does."""
    world.heartbeats.sort(key=lambda beat: beat["clock_offset_seconds"])
    for number, beat in enumerate(world.heartbeats):
        beat["heartbeat_id"] = number
    late = max((b["bound_to"] for b in world.card_bindings if b["bound_to"]), default=None)
    world.card_bindings.sort(key=lambda b: (b["bound_to"] is None, b["bound_to"] or late, b["volunteer_id"]))
    for number, binding in enumerate(world.card_bindings):
        binding["binding_id"] = number
    return world


def test_an_export_whose_name_does_not_say_its_reader_is_mapped(city: Path, tmp_path: Path):
    usb = tmp_path / "usb"
    usb.mkdir()
    lines = "c1\t2026-08-03 09:00:00\t1\t0\nc1\t2026-08-03 10:00:00\t1\t1\n"
    (usb / "library.dat").write_text(lines, encoding="utf-8")
    (tmp_path / "readers.csv").write_text("file,device_no\nlibrary.dat,D1\n", encoding="utf-8")
    command(in_dir=city, out=tmp_path / "out.parquet", attlog=usb, attlog_devices=tmp_path / "readers.csv")
    rows = pl.read_parquet(tmp_path / "out.parquet").select("volunteer_id", "site_id", "net_minutes").rows()
    assert rows == [(42, 7, 60)]


def test_parquet_times_with_a_zone_are_converted(city: Path, tmp_path: Path):
    taps = pl.read_csv(city / "taps.csv", infer_schema=False).with_columns(
        pl.col("tapped_at", "received_at").str.to_datetime(time_zone="Asia/Shanghai", time_unit="ms"),
        pl.col("device_seq").cast(pl.Int32),
    )
    sessions_of_folder(city, tmp_path / "csv.parquet")
    (city / "taps.csv").unlink()
    taps.write_parquet(city / "taps.parquet")
    sessions_of_folder(city, tmp_path / "parquet.parquet")
    assert pl.read_parquet(tmp_path / "csv.parquet").equals(pl.read_parquet(tmp_path / "parquet.parquet"))


def test_the_same_file_twice_over_changes_no_byte(city: Path, tmp_path: Path):
    for name in ("first", "second"):
        sessions_of_folder(city, tmp_path / f"{name}.parquet")
    assert (tmp_path / "first.parquet").read_bytes() == (tmp_path / "second.parquet").read_bytes()
