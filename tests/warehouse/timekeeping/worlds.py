"""Small worlds: made by hand or by hypothesis, as plain rows, and the same as the engine's frames.

Here: making worlds. Never here: what should come of them.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from tests.warehouse.timekeeping.reference import World
from warehouse.timekeeping import Events, Intake, TimeKept, keep_time, read_rules, take_in

BOOK = read_rules()
TIME = pl.Datetime("us")

SCHEMAS = {
    "lines": {
        "segment": pl.String,
        "line_no": pl.Int64,
        "device_no": pl.String,
        "device_seq": pl.Int64,
        "card_no": pl.String,
        "tapped_at": TIME,
        "received_at": TIME,
        "direction": pl.String,
        "malformed_text": pl.String,
    },
    "devices": {"device_no": pl.String, "site_id": pl.Int64, "is_directed": pl.Boolean},
    "former_placements": {
        "device_no": pl.String,
        "site_id": pl.Int64,
        "is_directed": pl.Boolean,
        "placed_to": TIME,
    },
    "heartbeats": {
        "heartbeat_id": pl.Int64,
        "device_no": pl.String,
        "received_at": TIME,
        "clock_offset_seconds": pl.Int64,
    },
    "cards": {"card_no": pl.String, "reported_lost_at": TIME},
    "card_bindings": {
        "binding_id": pl.Int64,
        "card_no": pl.String,
        "volunteer_id": pl.Int64,
        "bound_from": TIME,
        "bound_to": TIME,
    },
    "shifts": {"shift_id": pl.Int64, "starts_at": TIME, "ends_at": TIME, "min_attendance_permille": pl.Int64},
    "shift_sites": {"shift_id": pl.Int64, "site_id": pl.Int64},
    "sign_ups": {"shift_id": pl.Int64, "volunteer_id": pl.Int64},
    "check_ins": {
        "event_id": pl.Int64,
        "volunteer_id": pl.Int64,
        "shift_id": pl.Int64,
        "site_id": pl.Int64,
        "direction": pl.String,
        "occurred_at": TIME,
    },
    "honour_records": {
        "record_id": pl.Int64,
        "volunteer_id": pl.Int64,
        "shift_id": pl.Int64,
        "started_at": TIME,
        "ended_at": TIME,
        "minutes": pl.Int64,
        "service_day": pl.Date,
        "is_approved": pl.Boolean,
        "approved_by": pl.Int64,
        "entered_by": pl.Int64,
        "entered_at": TIME,
    },
    "sites": {"site_id": pl.Int64, "lon": pl.Float64, "lat": pl.Float64},
}
REGISTERS = ("devices", "former_placements", "heartbeats", "cards", "card_bindings")
OTHER_EVENTS = ("shifts", "shift_sites", "sign_ups", "check_ins", "honour_records", "sites")


def frame(name: str, rows: list[dict]) -> pl.DataFrame:
    """`rows` as the frame `name`; a missing value is NULL."""
    schema = SCHEMAS[name]
    return pl.DataFrame([{column: row.get(column) for column in schema} for row in rows], schema=schema)


def local(text: str) -> datetime:
    """'2026-08-01 09:00' in Hangzhou, as the product keeps it: naive UTC."""
    return datetime.fromisoformat(text) - timedelta(hours=8)


def intake_of(world: World) -> Intake:
    registers = {name: frame(name, getattr(world, name)) for name in REGISTERS}
    return take_in(frame("lines", world.lines), **registers, book=BOOK)


def events_of(world: World, taps: pl.DataFrame) -> Events:
    return Events(taps=taps, **{name: frame(name, getattr(world, name)) for name in OTHER_EVENTS})


def kept_of(world: World, days: list[date] | None = None) -> TimeKept:
    return keep_time(events_of(world, intake_of(world).accepted), days, BOOK)


# --- Whole worlds. Times lie in steps that make ties, thresholds and midnights likely.

FIRST_NOON = local("2026-08-03 12:00")
SECONDS = st.sampled_from([0, 0, 0, 1, 5, 9, 10, 11, 30, 59, 60, 61])


@st.composite
def moments(draw, days: int = 4) -> datetime:
    """A time within `days` days; often on the hour, near 04:00 or midnight local, or a few seconds off."""
    hour = draw(st.one_of(st.sampled_from([0, 3, 4, 8, 9, 12, 20, 23]), st.integers(0, 23)))
    minute = draw(st.sampled_from([0, 0, 9, 10, 30, 59]))
    midnight = local("2026-08-03 00:00") + timedelta(days=draw(st.integers(0, days - 1)))
    return midnight + timedelta(hours=hour, minutes=minute, seconds=draw(SECONDS))


@st.composite
def worlds(draw) -> World:
    """Two or three volunteers, four devices at three sites, up to four shifts, and everything that goes wrong."""
    world = World(
        devices=[
            {"device_no": f"D{n}", "site_id": site, "is_directed": draw(st.booleans())}
            for n, site in ((1, 1), (2, 1), (3, 2), (4, 3))
        ],
        sites=[
            {"site_id": 1, "lon": 120.15, "lat": 30.25},
            {"site_id": 2, "lon": 120.35, "lat": 30.30},
            {"site_id": 3, "lon": 119.0, "lat": 29.6},
        ],
    )
    moved = draw(st.lists(moments(), max_size=2, unique=True)) if draw(st.booleans()) else []
    world.former_placements = [
        {
            "device_no": "D1",
            "site_id": draw(st.integers(1, 3)),
            "is_directed": draw(st.booleans()),
            "placed_to": moment,
        }
        for moment in moved
    ]
    world.heartbeats = [
        {
            "heartbeat_id": n,
            "device_no": draw(st.sampled_from(["D1", "D2", "D3"])),
            "received_at": draw(moments()),
            "clock_offset_seconds": draw(st.sampled_from([0, 30, -60, 600, -600, 601])),
        }
        for n in range(draw(st.integers(0, 3)))
    ]
    _cards(draw, world)
    _shifts(draw, world)
    _lines(draw, world)
    _check_ins(draw, world)
    _honours(draw, world)
    return world


def _cards(draw, world: World) -> None:
    start = local("2026-01-01 00:00")
    for volunteer in (1, 2, 3):
        change = draw(st.none() | moments())
        world.cards.append({"card_no": f"c{volunteer}", "reported_lost_at": draw(st.none() | moments())})
        bindings = [(f"c{volunteer}", start, change)]
        if change is not None and draw(st.booleans()):
            bindings.append((f"c{volunteer}-new", change, None))
            world.cards.append({"card_no": f"c{volunteer}-new", "reported_lost_at": None})
        if change is not None and draw(st.booleans()):
            # No register should hold two holders of a card at once; if one does, the later binding wins.
            bindings.append((f"c{draw(st.integers(1, 3))}", draw(moments()), draw(st.none() | moments())))
        for card, since, until in bindings:
            number = len(world.card_bindings)
            world.card_bindings.append(
                {
                    "binding_id": number,
                    "card_no": card,
                    "volunteer_id": volunteer,
                    "bound_from": since,
                    "bound_to": until,
                }
            )


def _shifts(draw, world: World) -> None:
    for shift_id in range(1, draw(st.integers(0, 4)) + 1):
        starts = draw(moments())
        length = draw(st.sampled_from([30, 120, 180, 600, 1440, 1441]))
        world.shifts.append(
            {
                "shift_id": shift_id,
                "starts_at": starts,
                "ends_at": starts + timedelta(minutes=length),
                "min_attendance_permille": draw(st.sampled_from([None, None, 100, 500, 800])),
            }
        )
        for site_id in draw(st.sets(st.integers(1, 3), max_size=2)):
            world.shift_sites.append({"shift_id": shift_id, "site_id": site_id})
        for volunteer_id in draw(st.sets(st.integers(1, 3), max_size=3)):
            world.sign_ups.append({"shift_id": shift_id, "volunteer_id": volunteer_id})


def _lines(draw, world: World) -> None:
    cards = [card["card_no"] for card in world.cards] + ["unknown"]
    for number in range(draw(st.integers(0, 16))):
        again = world.lines and draw(st.integers(0, 9)) == 0
        if again:
            line = dict(draw(st.sampled_from(world.lines)))
            if draw(st.booleans()):
                line["card_no"] = draw(st.sampled_from(cards))
            line["received_at"] += timedelta(seconds=draw(st.sampled_from([-5, 0, 5, 3600])))
        else:
            near = world.lines and draw(st.booleans())
            tapped = draw(st.sampled_from(world.lines))["tapped_at"] if near else draw(moments())
            if near:
                steps = st.sampled_from([0, 1, 10, 59, 60, 61, 599, 600, 3600, 7200, 43200, 43201])
                tapped += timedelta(seconds=draw(steps))
            late = draw(st.sampled_from([0, 0, 0, 2, -300, -301, 86400, 30 * 86400, 30 * 86400 + 1]))
            line = {
                "device_no": draw(st.sampled_from(["D1", "D1", "D2", "D3", "D4", "D9"])),
                "device_seq": number,
                "card_no": draw(st.sampled_from(cards)),
                "tapped_at": tapped,
                "received_at": tapped + timedelta(seconds=late),
                "direction": draw(st.sampled_from(["in", "out", None])),
                "malformed_text": None,
            }
            if draw(st.integers(0, 19)) == 0:
                line |= {"card_no": None, "malformed_text": "{half a li"}
        world.lines.append({**line, "segment": f"s{draw(st.integers(1, 3))}", "line_no": number})


def _check_ins(draw, world: World) -> None:
    for number in range(draw(st.integers(0, 8)) if world.shifts else 0):
        shift = draw(st.sampled_from(world.shifts))
        minutes = draw(
            st.sampled_from([-70, -30, 0, 5, 9, 10, 20, 60, 119, 120, 179, 180, 300, 720, 1439, 1500])
        )
        world.check_ins.append(
            {
                "event_id": number,
                "volunteer_id": draw(st.integers(1, 3)),
                "shift_id": shift["shift_id"] if draw(st.integers(0, 19)) else 99,
                "site_id": draw(st.none() | st.integers(1, 3)),
                "direction": draw(st.sampled_from(["in", "out"])),
                "occurred_at": shift["starts_at"] + timedelta(minutes=minutes, seconds=draw(SECONDS)),
            }
        )


def _honours(draw, world: World) -> None:
    entered = draw(moments(days=4))
    for number in range(draw(st.sampled_from([0, 1, 2, 3, 5, 22]))):
        start = draw(st.none() | moments())
        length = draw(st.sampled_from([0, 1, 30, 60, 600, 2880, 10000]))
        has_end = start is not None and draw(st.integers(0, 9)) > 0
        world.honour_records.append(
            {
                "record_id": number,
                "volunteer_id": draw(st.integers(1, 3)),
                "shift_id": draw(st.sampled_from([None, None, 1, 99])),
                "started_at": start,
                "ended_at": start + timedelta(minutes=length, seconds=draw(SECONDS)) if has_end else None,
                "minutes": draw(st.sampled_from([0, 1, 30, 60, 120, 480, 481, 1441])),
                "service_day": date(2026, 8, 3) + timedelta(days=draw(st.integers(-3, 8))),
                "is_approved": draw(st.booleans()),
                "approved_by": draw(st.none() | st.integers(1, 4)),
                "entered_by": draw(st.integers(1, 4)),
                "entered_at": entered
                + timedelta(
                    days=draw(st.sampled_from([0, 0, 0, 29, 30, 31])), seconds=number * draw(SECONDS)
                ),
            }
        )
